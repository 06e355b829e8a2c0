"""The engine ``served``: a vision-language model behind any server that speaks OpenAI's protocol.

settings  what the user told ─▶ engine ─▶ conversation  what is asked, what comes back
│             ▲
journal  what was answered            │
▼             │
caller  retries, stops ─▶ httpx_client  the wire
├ pacing   how many at once, how fast
└ billing  tokens and money
"""
