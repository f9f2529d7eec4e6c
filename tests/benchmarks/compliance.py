"""How well the starter models name laws: `python -m tests.benchmarks.compliance --json`.

Starts a generation server, asks each model for a compliance answer to every feature description of the
evaluation set by `response_format`, and prints the scores as one JSON object. With --address and
--model it asks any server that speaks OpenAI instead (its key in COMPLIANCE_API_KEY); models that were
not trained on the content types' names are told the prompt with --instruct.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import tomllib
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any

from openai import AsyncOpenAI, OpenAIError

from evaluation.compliance_score import ANSWER_SCHEMA, read_compliance_set, score
from tests.generation_child import TOKEN, configuration, declared, running_child

STARTERS = ("starter-rich", "starter-plain")
STREAMS = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object (always done)")
    parser.add_argument("--address", help="base URL of a running server, as in http://127.0.0.1:8000/v1")
    parser.add_argument("--model", action="append", help="a model of that server; may be repeated")
    parser.add_argument(
        "--instruct", action="store_true", help="tell the prompt, not the content type's name"
    )
    options = parser.parse_args()
    if options.address:
        key = os.environ.get("COMPLIANCE_API_KEY", "none")
        scores = asyncio.run(score_models(options.address, key, options.model or [], options.instruct))
    else:
        scores = score_starters()
    sys.stdout.write(json.dumps(scores, indent=2) + "\n")


def score_starters() -> dict[str, Any]:
    models = [declared(name, source="starter") for name in STARTERS]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with running_child(configuration(Path(folder), models), log) as child:
            address = f"{child.wait_until_ready()}/v1"
            return asyncio.run(score_models(address, TOKEN, list(STARTERS), instruct=False))


async def score_models(address: str, key: str, models: list[str], instruct: bool) -> dict[str, Any]:
    """The score of each model by its name, and how many questions the server refused or failed."""
    shipped = tomllib.loads(files("bot").joinpath("default_copydesk.toml").read_text("utf-8"))
    content_type = shipped["content_types"]["compliance"]
    system = content_type["prompt"].strip() if instruct else "compliance"
    scores = {}
    async with AsyncOpenAI(base_url=address, api_key=key, timeout=300) as client:
        for model in models:
            answers = await ask_all(client, model, system, content_type["sampling"])
            result = score(read_compliance_set(), answers)
            scores[model] = {**asdict(result), "failed": result.features - len(answers)}
    return scores


async def ask_all(client: AsyncOpenAI, model: str, system: str, sampling: dict[str, Any]) -> dict[str, str]:
    """The answers by feature id; a feature that the server gives no answer to is left out."""
    turns, answers = asyncio.Semaphore(STREAMS), {}

    async def ask(seed: int, feature_id: str, description: str) -> None:
        async with turns:
            try:
                completion: Any = await client.chat.completions.create(
                    model=model,
                    messages=[
                        {"role": "system", "content": system},
                        {"role": "user", "content": description},
                    ],
                    temperature=sampling["temperature"],
                    top_p=sampling["top_p"],
                    max_tokens=sampling["max_new_tokens"],
                    seed=seed,
                    response_format={
                        "type": "json_schema",
                        "json_schema": {"name": "compliance", "schema": ANSWER_SCHEMA, "strict": True},
                    },
                )
            except OpenAIError as error:
                sys.stderr.write(f"{feature_id}: {error}\n")
                return
            answers[feature_id] = completion.choices[0].message.content

    features = read_compliance_set().features
    await asyncio.gather(*(ask(n, feature.id, feature.description) for n, feature in enumerate(features)))
    return answers


if __name__ == "__main__":
    main()
