"""HTTP/1.1 as model servers are called: one small POST, one small answer, again and again.

A general client (aiohttp's) spends several times as long on a call as all the rest of an attempt
takes; docs/adr/0011-throughput.md has the numbers. Through a proxy, aiohttp still makes the call.
"""
