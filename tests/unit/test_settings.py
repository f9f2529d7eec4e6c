"""Settings: what is read from where, and that every wrong value is refused in a sentence."""

from pathlib import Path

import pytest

from bot.configuration import default_text
from bot.environment import SLACK_API_URL
from bot.errors import SettingsError
from bot.settings import LogLevel, Reveal, Settings, SlackMode, Weekday, load_settings
from generation.content_types import TextFormat

TOKENS = {"SLACK_BOT_TOKEN": "xoxb-1-secret", "SLACK_APP_TOKEN": "xapp-1-secret"}


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
        ('[workspace]\nreport_channel = "#general"', 'report_channel = "#general" is not allowed'),
        ("[electricity]\nprice_usd_per_kwh = nan", "price_usd_per_kwh = NaN is not allowed"),
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
    (cwd / ".env").write_text("SLACK_BOT_TOKEN_FILE=token\nSLACK_APP_TOKEN=xapp-dotenv\nHF_TOKEN=hf_$x\n")
    settings = load(cwd, SLACK_APP_TOKEN="xapp-from-process")
    assert settings.secrets == ("xoxb-from-file", "xapp-from-process", "hf_$x")


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


def test_relative_paths_are_taken_from_the_working_directory(cwd: Path) -> None:
    settings = load(cwd, COPYDESK_DATA_DIR="mine", COPYDESK_DATABASE_URL="sqlite:///other.db")
    assert settings.data_dir == cwd / "mine"
    assert settings.database_url == f"sqlite:///{cwd}/other.db"
