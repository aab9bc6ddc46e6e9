"""Requests that can be copied as they are: what to type in a terminal, or to write in a program, to use the server."""

import json

LANGUAGES = (("curl", "curl"), ("python", "Python"))
KEY = "YOUR_KEY"
QUESTION = "Who rings the bell?"
PROMPT = "Once upon a time"


def example(language: str, address: str, model: str, can: frozenset[str], *, key: bool) -> str:
    """An example in "curl" or "python" for a server at `address` (without /v1), by what its model can do."""
    if language == "python":
        return _classify_python(address, key) if "classify" in can else _python(address, model, can, key)
    return _curl(address, model, can, key)


def _curl(address: str, model: str, can: frozenset[str], key: bool) -> str:
    path, body = _request(model, can)
    lines = [f"curl {address}{path}", "  -H 'Content-Type: application/json'"]
    if key:
        lines.append(f"  -H 'Authorization: Bearer {KEY}'")
    parts = ",\n       ".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in body.items())
    lines.append(f"  -d '{{{parts}}}'")
    return " \\\n".join(lines)


def _request(model: str, can: frozenset[str]) -> tuple[str, dict[str, object]]:
    if "classify" in can:
        return "/classify", {"input": QUESTION}
    if "chat" in can:
        return "/v1/chat/completions", {"model": model, "messages": [{"role": "user", "content": QUESTION}]}
    return "/v1/completions", {"model": model, "prompt": PROMPT}


def _python(address: str, model: str, can: frozenset[str], key: bool) -> str:
    made = f'client = OpenAI(base_url="{address}/v1", api_key="{KEY if key else "none"}")'
    head = f"from openai import OpenAI\n\n{made}\n"
    if "chat" in can:
        return (
            f"{head}answer = client.chat.completions.create(\n"
            f'    model="{model}",\n'
            f'    messages=[{{"role": "user", "content": "{QUESTION}"}}],\n'
            ")\nprint(answer.choices[0].message.content)"
        )
    return (
        f'{head}answer = client.completions.create(model="{model}", prompt="{PROMPT}")\nprint(answer.choices[0].text)'
    )


def _classify_python(address: str, key: bool) -> str:
    headers = f'\n    headers={{"Authorization": "Bearer {KEY}"}},' if key else ""
    return (
        "import requests\n\n"
        f'answer = requests.post(\n    "{address}/classify",{headers}\n    json={{"input": "{QUESTION}"}},\n)\n'
        "print(answer.json())"
    )
