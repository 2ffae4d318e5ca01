"""A worker process for which every address is OpenAI's: a stub's calls have prices."""

import asyncio

from engine.providers import pricing
from tests.support import worker_process

if __name__ == "__main__":
    pricing._priced_provider = lambda address: "openai"
    asyncio.run(worker_process.main())
