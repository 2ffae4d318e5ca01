from collections.abc import Mapping
from typing import Any

from engine.errors import InvalidInput
from engine.providers.contract import ErrorCode, ModelReply, ModelRequest, ProviderError
from engine.providers.recorded import RecordedProvider


def answer_of(variables: Mapping[str, Any]) -> str:
    if "answer" not in variables:
        raise InvalidInput("'answer' is undefined", field="output")
    return f"A: {variables['answer']}"


def request(**variables: object) -> ModelRequest:
    return ModelRequest("m", (), {}, variables, "arm/1/0")


async def test_the_answer_is_the_rendered_template() -> None:
    provider = RecordedProvider(answer_of)
    reply = await provider.generate(request(answer="42 ünïcode \N{SNOWMAN}"))
    assert isinstance(reply, ModelReply)
    assert reply.text == "A: 42 ünïcode \N{SNOWMAN}"
    assert reply.raw is None
    assert reply.usage.input_tokens is None
    await provider.aclose()
    await provider.aclose()


async def test_a_row_without_the_answer_fails_alone_with_the_reason() -> None:
    provider = RecordedProvider(answer_of)
    failed = await provider.generate(request(other=1))
    assert failed == ProviderError(ErrorCode.BAD_REQUEST, "output: 'answer' is undefined")
    assert isinstance(await provider.generate(request(answer=1)), ModelReply)
