"""Settings: what is read from where, and that every wrong value is refused in a sentence."""

from contextlib import suppress
from pathlib import Path

import pytest

from bot.checks import sqlite_path
from bot.configuration import Configuration, default_text
from bot.environment import SLACK_API_URL
from bot.errors import BadInput, SettingsError
from bot.refusals import PATTERNS
from bot.settings import (
    RESERVED_WORDS,
    DraftDelivery,
    LogLevel,
    Reveal,
    Settings,
    SlackMode,
    Weekday,
    load_settings,
)
from bot.wishes import DraftWish, parse_command
from evaluation.revisions import upgrade
from generation.content_types import ContentType, TextFormat

TOKENS = {"SLACK_BOT_TOKEN": "xoxb-1-secret", "SLACK_APP_TOKEN": "xapp-1-secret"}
MEMO = "title = 'Memo'\nprompt = 'Write.'\nexample_topic = 'tea'\n"


@pytest.fixture
def cwd(tmp_path: Path) -> Path:
    return tmp_path


def load(cwd: Path, toml: str | None = None, platform: str = "linux", **environ: str) -> Settings:
    if toml is not None:
        (cwd / "copydesk.toml").write_text(toml)
    return load_settings(None, {"HOME": "/home/ada", **environ}, cwd, platform)


def refusal(cwd: Path, toml: str | None = None, **environ: str) -> str:
    with pytest.raises(SettingsError) as refused:
        load(cwd, toml, **environ)
    return str(refused.value)


def test_the_defaults_alone_are_valid(cwd: Path) -> None:
    settings = load(cwd)
    assert settings.config_file is None
    assert settings.slack_mode is SlackMode.PLAYGROUND
    assert settings.report.weekday is Weekday.MONDAY
    assert settings.workspace.reveal is Reveal.IN_REPORT
    assert settings.content_types["compliance"].format is TextFormat.JSON
    assert settings.models["starter-rich"].name == "starter-rich"
    assert settings.routes["default"].substitutes == ("starter-rich", "starter-plain")
    assert str(settings.report.zone) == "UTC"
    assert settings.log_level is LogLevel.INFO


def test_what_init_writes_is_the_default(cwd: Path) -> None:
    written, default = load(cwd, default_text()), load_settings(None, {}, cwd / "elsewhere")
    assert written.content_types == default.content_types
    assert written.models == default.models
    assert written.routes == default.routes


def test_the_examples_in_its_comments_work(cwd: Path) -> None:
    mark = "#     "
    text = "\n".join(line.partition(mark)[2] for line in default_text().splitlines())
    tables = "\n\n".join(each for each in text.split("\n\n") if each.strip().startswith("["))
    settings = load(cwd, tables)
    own = settings.content_types["release_note"]
    assert own.examples[0].topic == "sign-in with a passkey"
    assert own.sampling.stop == ("\n\n\n",)
    assert settings.routes["release_note"].models == ("qwen3-4b-instruct",)
    assert settings.routes["linkedin_post"].models == ("qwen3-4b-instruct", "llama-3-2-3b-instruct")
    assert settings.models["qwen3-4b-instruct"].pinned
    assert {"our-own", "from-the-hub", "on-another-server"} <= settings.models.keys()
    assert parse_command("release faster search", list(settings.content_types.values())) == DraftWish(
        own, "faster search"
    )


def test_own_tables_are_merged_over_the_defaults(cwd: Path) -> None:
    settings = load(cwd, "[content_types.linkedin_post]\nmax_words = 250\n[routes.default]\nsubstitutes = []")
    assert settings.content_types["linkedin_post"].max_words == 250
    assert settings.content_types["linkedin_post"].min_words == 100
    assert settings.routes["default"].substitutes == ()
    assert settings.routes["default"].models == ("qwen3-4b-instruct",)


def test_a_model_from_a_new_source_is_described_anew(cwd: Path) -> None:
    toml = """
        [models.qwen3-4b-instruct]
        source = "folder"
        folder = "weights/qwen"
        parameters = 4_000_000_000
        licence = "Apache-2.0"
        commercial_use = true
    """
    model = load(cwd, toml).models["qwen3-4b-instruct"]
    assert model.hub_id is None
    assert model.folder == str(cwd / "weights/qwen")


def test_the_file_is_found_by_option_then_variable_then_folder(cwd: Path) -> None:
    for name, hour in (("a.toml", 1), ("b.toml", 2), ("copydesk.toml", 3)):
        (cwd / name).write_text(f"[report]\nhour = {hour}")
    named = {"COPYDESK_CONFIG": "b.toml"}
    assert load_settings(Path("a.toml"), named, cwd).report.hour == 1
    assert load_settings(None, named, cwd).report.hour == 2
    assert load_settings(None, {}, cwd).report.hour == 3


@pytest.mark.parametrize(
    ("toml", "sentence"),
    [
        ("[report]\nhour = 25", "copydesk.toml: report.hour = 25 is not allowed: it must be at most 23."),
        ("[report]\nhour = true", "report.hour = true is not allowed: it must be a whole number."),
        ('[report]\nweekday = "mon"', "weekday = \"mon\" is not allowed: it must be one of 'monday'"),
        ('[report]\ntime_zone = "Berlin"', 'time_zone = "Berlin" is not allowed: it must be an IANA'),
        ('[report]\ntime_zone = "America"', "it must be an IANA time zone"),
        ("[report]\nhuor = 9", "report.huor is not a setting. Did you mean hour? Allowed here: hour,"),
        ("[reprot]\nhour = 9", "reprot is not a setting. Did you mean report?"),
        ("report = 9", "report = 9 is not allowed: it must be a table."),
        ("[playground]\nport = 70000", "playground.port = 70000 is not allowed: it must be at most 65535."),
        ("[playground]\nredelivery_seconds = [1, 2, -3]", "playground.redelivery_seconds[2] = -3 is not"),
        ("[playground]\nredelivery_seconds = [1, 2, 3, 4]", "it must hold at most 3 values."),
        ("[playground]\nredelivery_seconds = [0, 60]", "[0] = 0 is not allowed: it must be above 0."),
        ("[playground]\nredelivery_seconds = [inf]", "[0] = Infinity is not allowed: it must be a finite"),
        ("[power]\ndeclared_watts = 1e9", "it must be at most 100000."),
        (
            '[prices]\ncloud_models = ["gpt"]',
            'cloud_models[0] = "gpt" is not allowed: it must be provider:model',
        ),
        ("[routes.default]\nmodels = []", "routes.default.models = [] is not allowed: it must not be empty."),
        (
            '[workspace]\nreport_channel = "#general"',
            'report_channel = "#general" is not allowed: it must be the channel\'s name, without # and',
        ),
        (
            f'[content_types."Press Release"]\n{MEMO}',
            "copydesk.toml: content_types.Press Release is not allowed as a name: it must begin with a lower",
        ),
        (f"[content_types.{'x' * 41}]\n{MEMO}", "is not allowed as a name: it must be at most 40 characters"),
        (
            '[models."My model"]\nsource = "starter"\nparameters = 1\nlicence = "MIT"\ncommercial_use = true',
            "models.My model is not allowed as a name: it must begin with a lower-case letter or a digit",
        ),
        (
            '[models.x]\nsource = "hub"\nhub_id = "a b"',
            'models.x.hub_id = "a b" is not allowed: it must be a name on the hub, such as "Qwen/',
        ),
        ("[power]\nidle_watts = nan", "idle_watts = NaN is not allowed"),
        ("[content_types.memo]\ntitle = 'Memo'", "content_types.memo.prompt is missing."),
        (
            "[content_types.linkedin_post]\nmin_words = 900",
            "min_words (900) must not exceed max_words",
        ),
        ("[content_types.linkedin_post.sampling]\ntemp = 1", "sampling.temp is not a setting."),
        (
            '[models.x]\nsource = "magic"',
            'models.x.source = "magic" is not allowed: it must be one of',
        ),
        ("[models]\nx = 1", "models.x = 1 is not allowed: it must be a table."),
        (
            "[generation]\nhang_seconds = 1",
            "hang_seconds = 1 is not allowed: it must be at least 5.",
        ),
        ("[generation]\nhang_seconds = nan", "generation.hang_seconds = NaN is not allowed"),
        (
            "[generation]\nidle_unload_minutes = -1",
            "idle_unload_minutes = -1 is not allowed: it must",
        ),
        ("[generation]\nbatch_rows = 0", "generation.batch_rows = 0 is not allowed: it must be at least 1."),
        ("[generation]\nbatch_rows = 2.5", "batch_rows = 2.5 is not allowed: it must be a whole number."),
        (
            "[generation]\nwarm_start = 1",
            "warm_start = 1 is not allowed: it must be true or false.",
        ),
        (
            '[routing]\npreset = "field-guide"',
            'copydesk.toml: routing.preset = "field-guide" is not allowed: it must be one of default, field-',
        ),
        ("[routing]\npreset = 3", "routing.preset = 3 is not allowed: it must be a text in quotes."),
        ("routing = 3", "routing = 3 is not allowed: it must be a table."),
        ("routes = 3", "routes = 3 is not allowed: it must be a table."),
        ("[routes]\ndefault = 3", "routes.default = 3 is not allowed: it must be a table."),
        (
            "[[content_types.marketing.examples]]\ntopic = 'tea'",
            "content_types.marketing.examples[0].text is missing.",
        ),
        (
            "[[content_types.marketing.examples]]\ntopik = 'tea'",
            "content_types.marketing.examples[0].topik is not a setting. Did you mean topic?",
        ),
        (
            "[content_types.marketing.sampling]\nstop = ['a', 'b', 'c']",
            'sampling.stop = ["a", "b", "c"] is not allowed: it must hold at most 2 values.',
        ),
        (
            "[content_types.marketing.sampling]\nrepetition_penalty = 3",
            "sampling.repetition_penalty = 3 is not allowed: it must be at most 2.",
        ),
        (
            "[models.phi-2]\nkind = 'poem'",
            'kind = "poem" is not allowed: it must be one of',
        ),
        ("[models.phi-2]\nprompt_format = 'tagged'", 'prompt_format = "tagged" is for kind = "chat" only'),
        (
            "[models.phi-2]\naddress = 'http://127.0.0.1:1/v1'",
            'source = "remote", backend = "openai" and address belong together: give all three or none.',
        ),
        (
            "[models.phi-2]\naddress = '127.0.0.1'",
            "it must be an address that begins with http:// or https://.",
        ),
        (
            "[models.phi-2]\napi_key_env = 'sk-secret'",
            "it must be the name of an environment variable, never the key itself.",
        ),
    ],
)
def test_a_wrong_value_names_file_key_value_and_what_is_allowed(cwd: Path, toml: str, sentence: str) -> None:
    assert sentence in refusal(cwd, toml)


def test_every_wrong_value_is_named_at_once(cwd: Path) -> None:
    lines = refusal(cwd, '[report]\nhour = 25\n[workspace]\nreveal = "always"').splitlines()
    assert len(lines) == 2


@pytest.mark.parametrize(
    ("toml", "sentence"),
    [
        (
            '[routes.default]\nmodels = ["qwen3-4b-instrukt"]',
            'routes.default.models = "qwen3-4b-instrukt" is not a model. Did you mean qwen3-4b-instruct?',
        ),
        (
            '[routes.linkedin]\nmodels = ["starter-rich"]\nreason = "short"',
            "routes.linkedin names no content type. Did you mean linkedin_post? Allowed: default,",
        ),
        (
            '[content_types.marketing]\naliases = ["Email"]',
            'content_types.marketing.aliases = "Email" is not allowed: it already means client_email.',
        ),
        (
            '[content_types.marketing]\naliases = ["compliance"]',
            "it already means compliance. Names and aliases must differ.",
        ),
    ],
)
def test_contradictions_between_tables_are_refused(cwd: Path, toml: str, sentence: str) -> None:
    assert sentence in refusal(cwd, toml)


@pytest.mark.parametrize(
    ("toml", "sentence"),
    [
        (
            f"[content_types.report]\n{MEMO}",
            "copydesk.toml: content_types.report is not allowed as a name: `/draft report` does something",
        ),
        (
            f"[content_types.memo]\naliases = ['Help']\n{MEMO}",
            'copydesk.toml: content_types.memo.aliases = "Help" is not allowed: `/draft help` does something',
        ),
        (
            f"[content_types.memo]\naliases = ['types']\n{MEMO}",
            "does something else. Allowed is any word except help, types, queue, report,",
        ),
        (
            f"[content_types.memo]\naliases = ['press release']\n{MEMO}",
            'aliases = "press release" is not allowed: it must be one word, without spaces.',
        ),
        (f"[content_types.memo]\naliases = ['']\n{MEMO}", 'aliases = "" is not allowed: it must be one word'),
    ],
)
def test_a_kind_that_nobody_could_ask_for_is_refused(cwd: Path, toml: str, sentence: str) -> None:
    assert sentence in refusal(cwd, toml)


def test_an_alias_with_capitals_is_understood(cwd: Path) -> None:
    kinds = load(cwd, f"[content_types.memo]\naliases = ['Notiz', 'GRÖSSE']\n{MEMO}").content_types
    for typed in ("notiz tea", "NOTIZ tea", "größe tea"):
        assert parse_command(typed, list(kinds.values())) == DraftWish(kinds["memo"], "tea")


@pytest.mark.parametrize("word", RESERVED_WORDS)
def test_reserved_words_are_those_that_draft_takes_for_itself(word: str) -> None:
    kind = ContentType(name=word, title="Memo", prompt="Write.", example_topic="tea")
    with suppress(BadInput):  # what follows must be a kind's name
        assert not isinstance(parse_command(f"{word} tea", [kind]), DraftWish)


def test_channels_say_where_their_drafts_go(cwd: Path) -> None:
    settings = load(cwd, "[channels.marketing]\ndelivery = 'thread'\n")
    assert settings.channels["marketing"].delivery is DraftDelivery.THREAD
    assert "marketing" not in load(cwd, "").channels


@pytest.mark.parametrize(
    ("toml", "sentence"),
    [
        ("[workspace]\neditors = ['ada']\n", "it must be a Slack member id"),
        ("[channels.marketing]\ndelivery = 'nowhere'\n", "it must be one of 'channel' or 'thread'"),
        ("[drafting]\npair_share = 1.5\n", "drafting.pair_share = 1.5 is not allowed: it must be at most 1"),
        ("[drafting]\nreplay_words_per_second = -1\n", "it must be at least 0"),
    ],
)
def test_what_drafting_cannot_do_is_refused(cwd: Path, toml: str, sentence: str) -> None:
    assert sentence in refusal(cwd, toml)


def test_every_pattern_has_words() -> None:
    assert patterns_in(Configuration.model_json_schema()) == set(PATTERNS)


def patterns_in(schema: object) -> set[str]:
    if isinstance(schema, list):
        return set().union(*map(patterns_in, schema))
    if not isinstance(schema, dict):
        return set()
    own = {schema["pattern"]} if isinstance(schema.get("pattern"), str) else set()
    return own.union(*map(patterns_in, schema.values()))


def test_broken_toml_is_refused_with_its_line(cwd: Path) -> None:
    assert "copydesk.toml is not valid TOML" in refusal(cwd, "[report]\nhour = = 9")
    assert "at line 2" in refusal(cwd, "[report]\nhour = = 9")


def test_a_named_file_must_exist_and_be_text(cwd: Path) -> None:
    assert "nope.toml does not exist" in refusal(cwd, COPYDESK_CONFIG="nope.toml")
    (cwd / "latin.toml").write_bytes(b"\xff\xfe")
    assert "latin.toml cannot be read" in refusal(cwd, COPYDESK_CONFIG="latin.toml")


def test_ports_come_from_the_environment_too(cwd: Path) -> None:
    settings = load(cwd, COPYDESK_PLAYGROUND_PORT="0", COPYDESK_GENERATION_PORT="8400")
    assert (settings.playground.port, settings.generation.port) == (0, 8400)
    assert refusal(cwd, COPYDESK_PLAYGROUND_PORT="many") == (
        'COPYDESK_PLAYGROUND_PORT = "many" is not allowed: it must be a whole number.'
    )
    assert "at most 65535" in refusal(cwd, COPYDESK_GENERATION_PORT="99999")


def test_both_tokens_mean_real_slack(cwd: Path) -> None:
    settings = load(cwd, **TOKENS)
    assert settings.slack_mode is SlackMode.REAL
    assert settings.slack_api_url == SLACK_API_URL
    assert load(cwd, **TOKENS, SLACK_API_URL="http://127.0.0.1:1/api").slack_api_url.endswith("/api/")


@pytest.mark.parametrize("name", TOKENS)
def test_one_token_alone_is_refused(cwd: Path, name: str) -> None:
    sentence = refusal(cwd, **{name: TOKENS[name]})
    assert f"{name} is set and" in sentence
    assert "secret" not in sentence


def test_a_wrong_token_is_refused_without_being_shown(cwd: Path) -> None:
    sentence = refusal(cwd, SLACK_BOT_TOKEN="xoxp-secret", SLACK_APP_TOKEN="xapp-secret")
    assert "SLACK_BOT_TOKEN does not look like that token: it must start with xoxb-" in sentence
    assert "secret" not in sentence


def test_secrets_may_come_from_files_and_from_dotenv(cwd: Path) -> None:
    (cwd / "token").write_text("xoxb-from-file\n")
    (cwd / ".env").write_text(
        "SLACK_BOT_TOKEN_FILE=token\nSLACK_APP_TOKEN=xapp-dotenv\nHF_TOKEN=hf_$x\nCOPYDESK_BACKEND_KEY=sk-1\n"
    )
    settings = load(cwd, SLACK_APP_TOKEN="xapp-from-process")
    assert settings.secrets == ("xoxb-from-file", "xapp-from-process", "hf_$x", "sk-1")


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"HF_TOKEN": "a", "HF_TOKEN_FILE": "b"}, "environment: both HF_TOKEN and HF_TOKEN_FILE are set."),
        ({"HF_TOKEN_FILE": "nowhere"}, "nowhere cannot be read: No such file or directory."),
        ({"HF_TOKEN_FILE": "empty"}, "is empty. It must be a text file that holds HF_TOKEN."),
        (
            {"COPYDESK_LOG_LEVEL": "loud"},
            'COPYDESK_LOG_LEVEL = "loud" is not allowed: it must be one of',
        ),
        ({"SLACK_API_URL": "slack.com"}, 'SLACK_API_URL = "slack.com" is not allowed'),
        ({"SLACK_API_URL": "https://slack.com/api/"}, "is set without SLACK_BOT_TOKEN"),
        ({"MLFLOW_TRACKING_URI": "file:///runs"}, 'MLFLOW_TRACKING_URI = "file:///runs" is not allowed'),
        (
            {"MLFLOW_TRACKING_URI": "postgresql://host/db"},
            'URI = "postgresql://host/db" is not allowed: it must begin with one of sqlite://, http://, https://.',
        ),
        (
            {"MLFLOW_TRACKING_URI": "databricks://profile"},
            "must begin with one of sqlite://, http://, https://.",
        ),
        (
            {"MLFLOW_TRACKING_URI": "http://host:many"},
            'URI = "http://host:many" is not allowed: it must name a',
        ),
        (
            {"MLFLOW_TRACKING_URI": "https://me:pw@/"},
            "MLFLOW_TRACKING_URI is not allowed: it must name a host",
        ),
        ({"MLFLOW_TRACKING_URI": "sqlite+pysqlite:////mlflow.db"}, "must begin with one of sqlite://"),
        ({"MLFLOW_TRACKING_URI": "sqlite://"}, "must begin with one of sqlite://"),
        ({"MLFLOW_TRACKING_URI": "sqlite:///:memory:"}, "names no file: it must be sqlite:////absolute/"),
        ({"MLFLOW_TRACKING_URI": "mlruns"}, 'MLFLOW_TRACKING_URI = "mlruns" is not allowed'),
        ({"COPYDESK_DATABASE_URL": "mongodb://x"}, "must begin with one of sqlite://, postgresql://."),
    ],
)
def test_wrong_variables_are_refused(cwd: Path, environ: dict[str, str], sentence: str) -> None:
    (cwd / "empty").touch()
    assert sentence in refusal(cwd, **environ)


def test_an_address_with_a_password_is_never_shown(cwd: Path) -> None:
    assert "pw" not in refusal(cwd, COPYDESK_DATABASE_URL="mysql://me:pw@host/db")
    settings = load(cwd, COPYDESK_DATABASE_URL="postgresql://me:pw@host/db", HF_TOKEN="hf_1", **TOKENS)
    assert "pw" not in repr(settings)
    assert "secret" not in repr(settings)
    assert "pw" in settings.secrets


def test_an_empty_variable_counts_as_not_given(cwd: Path) -> None:
    assert load(cwd, SLACK_BOT_TOKEN="", COPYDESK_DATA_DIR="").slack_mode is SlackMode.PLAYGROUND


@pytest.mark.parametrize(
    ("platform", "environ", "data_dir"),
    [
        ("linux", {}, "/home/ada/.local/share/copydesk"),
        ("linux", {"XDG_DATA_HOME": "/srv/share"}, "/srv/share/copydesk"),
        ("darwin", {}, "/home/ada/Library/Application Support/copydesk"),
        ("linux", {"COPYDESK_DATA_DIR": "~/desk"}, "/home/ada/desk"),
        ("linux", {"COPYDESK_DATA_DIR": "/var/copydesk"}, "/var/copydesk"),
    ],
)
def test_the_data_folder(cwd: Path, platform: str, environ: dict[str, str], data_dir: str) -> None:
    settings = load(cwd, platform=platform, **environ)
    assert str(settings.data_dir) == data_dir
    assert settings.database_url == f"sqlite:///{data_dir}/copydesk.db"
    assert settings.mlflow_tracking_uri == f"sqlite:///{data_dir}/mlflow.db"
    assert settings.models_dir == Path(data_dir, "models")


@pytest.mark.parametrize("name", ["we?ird", "we#ird", "two words", "50%20off", "Größe@home:a+b"])
def test_the_database_is_in_the_data_folder_whatever_its_name(cwd: Path, name: str) -> None:
    elsewhere = "http://127.0.0.1:5000"
    settings = load(cwd, COPYDESK_DATA_DIR=name, MLFLOW_TRACKING_URI=elsewhere)
    assert sqlite_path(settings.database_url) == cwd / name / "copydesk.db"
    upgrade(settings.database_url)
    assert [folder.name for folder in cwd.iterdir()] == [name]
    inside = load_settings(None, {"COPYDESK_DATABASE_URL": "sqlite:///own.db"}, Path("/srv/plain", name))
    assert sqlite_path(inside.database_url) == Path("/srv/plain", name, "own.db")


@pytest.mark.parametrize("name", ["we?ird", "we#ird", "50%20off"])
def test_a_data_folder_that_mlflow_s_addresses_cannot_name_is_refused(cwd: Path, name: str) -> None:
    sentence = refusal(cwd, COPYDESK_DATA_DIR=name)
    assert f'The data folder "{cwd / name}" cannot hold MLflow\'s store' in sentence
    assert "must be free of ? # %. Set COPYDESK_DATA_DIR to another folder" in sentence
    with pytest.raises(SettingsError, match="four slashes"):
        load_settings(None, {"MLFLOW_TRACKING_URI": "sqlite:///own.db"}, cwd / name)


def test_mlflow_s_default_store_may_lie_in_a_folder_with_spaces(cwd: Path) -> None:
    assert load(cwd, COPYDESK_DATA_DIR="Größe und so").mlflow_tracking_uri.endswith("/Größe und so/mlflow.db")


def test_relative_paths_are_taken_from_the_working_directory(cwd: Path) -> None:
    settings = load(cwd, COPYDESK_DATA_DIR="mine", COPYDESK_DATABASE_URL="sqlite:///other.db")
    assert settings.data_dir == cwd / "mine"
    assert settings.database_url == f"sqlite:///{cwd}/other.db"
