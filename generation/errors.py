"""Everything that can go wrong in generation. Each message says what happened and what to do.

GenerationError
├── NoModelAvailable      no model of a route is on this machine
├── InvalidRequest        a parameter that cannot be served
│   └── PromptTooLong     the prompt leaves no room in the model's context
├── UnknownModel          a name that the configuration does not declare
├── ModelUnusable         this model cannot be loaded; the others can
│   ├── ModelMissing          its files are not on this machine
│   ├── ModelDamaged          its files are incomplete or not what they should be
│   ├── ModelUnsupported      an unknown architecture, or one that wants to run its own code
│   ├── ModelTooLarge         it cannot fit into the memory budget
│   ├── LoadingFailed         loading began and failed
│   └── ModelSuspended        it failed several times in a row, or hung, and is left alone for a while
├── Busy                  later it will work
│   ├── QueueFull             too many requests wait already
│   └── MemoryInUse           the memory is held by models that are writing
├── OutOfMemory           memory ran out in the middle of a text
├── TextFailed            a fault of the model or of ours in the middle of a text
├── RemoteFailed          the server of a remote model did not write the text
├── AnswerFailed          an answer that was to satisfy a JSON schema, and does not
│   ├── AnswerTruncated       it breaks off
│   └── AnswerInvalid         it is whole, and wrong
├── NotRemovable          a model that is not ours to remove, or is not here
├── ErrandFailed          a process of its own gave no answer
│   └── ErrandRefused         it did its work, and refused what it was asked
└── DownloadFailed        a model could not be fetched from the hub
    ├── GatedModel            its licence must be accepted first
    ├── LegacyWeights         it has pickled weights only, which are converted after a question
    ├── ConversionRefused     its pickled weights cannot be made into safetensors
    └── HubUnreachable        no network, or no hub
"""


class GenerationError(Exception):
    """The root: `except GenerationError` catches whatever this package raises on purpose."""


class NoModelAvailable(GenerationError):
    """Neither a routed model nor a substitute is on this machine."""


class InvalidRequest(GenerationError):
    """A request that cannot be served as it stands. `parameter` names the field at fault."""

    def __init__(self, message: str, parameter: str | None = None) -> None:
        super().__init__(message)
        self.parameter = parameter


class PromptTooLong(InvalidRequest):
    """The prompt fills the model's context, so that not one token could be written."""

    def __init__(self, prompt_tokens: int, context_tokens: int, parameter: str = "messages") -> None:
        super().__init__(
            f"The prompt has at least {prompt_tokens} tokens, but this model's context holds "
            f"{context_tokens}, the answer included. Shorten the prompt.",
            parameter=parameter,
        )


class UnknownModel(GenerationError):
    """The configuration declares no model of this name."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(
            f"There is no model named {name!r}. Known models: {', '.join(known) or 'none'}. "
            "Use one of these, or declare it under [models] in copydesk.toml."
        )


class ModelUnusable(GenerationError):
    """This one model cannot be loaded. The others are not touched."""


class ModelMissing(ModelUnusable):
    """The model is declared, but its files are not on this machine."""


class ModelDamaged(ModelUnusable):
    """The model's files are incomplete, or not the ones that were promised."""


class ModelUnsupported(ModelUnusable):
    """The installed transformers cannot run this model without code from elsewhere."""


class ModelTooLarge(ModelUnusable):
    """The model does not fit into the memory budget, whatever else is unloaded."""


class LoadingFailed(ModelUnusable):
    """The files looked right, yet loading them failed."""


class ModelSuspended(ModelUnusable):
    """The model failed several times in a row, or hung; it is tried again after `remaining_seconds`."""

    def __init__(self, name: str, reason: str, remaining_seconds: float) -> None:
        super().__init__(
            f"{name} is suspended for another {remaining_seconds:.0f} s. Reason: {reason} "
            "Wait until then, or use another model."
        )
        self.remaining_seconds = remaining_seconds


class Busy(GenerationError):
    """The same request will work later; `retry_after_seconds` is a fair time to wait."""

    def __init__(self, message: str, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class QueueFull(Busy):
    """As many requests wait as the server lets wait."""


class MemoryInUse(Busy):
    """The model would fit if the models that are writing now were unloaded."""


class OutOfMemory(GenerationError):
    """Memory ran out while a text was being written. The server goes on."""


class TextFailed(GenerationError):
    """A text was lost to a fault that nobody foresaw; the log has its inside. The server goes on."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} failed while it was writing, and this text is lost; the server's log says why. "
            "Try again, or use another model."
        )


class RemoteFailed(GenerationError):
    """Another server, which a model of the backend `openai` is served by, did not write the text."""


class AnswerFailed(GenerationError):
    """An answer does not satisfy the JSON schema it was asked for; it must not be passed off as one."""


class AnswerTruncated(AnswerFailed):
    """The answer reached its last token before it was whole."""

    def __init__(self) -> None:
        super().__init__(
            "The answer breaks off within its JSON and was given up. Ask again with more max_tokens."
        )


class AnswerInvalid(AnswerFailed):
    """The answer is whole, but not what the schema asks for."""


class ErrandFailed(GenerationError):
    """A process that was asked one question ended without an answer. The message tells its last words."""


class ErrandRefused(ErrandFailed):
    """The process refused what it was asked. The message is its sentence."""


class NotRemovable(GenerationError):
    """The model's files stay: they are not ours, not here, or the disk refused."""


class DownloadFailed(GenerationError):
    """A model could not be fetched. What has arrived is kept, and the next pull goes on from there."""


class GatedModel(DownloadFailed):
    """The hub hands this model out only to people who accepted its licence."""


class LegacyWeights(DownloadFailed):
    """The hub has only pickled weights of this model. Nothing was fetched before the question."""


class ConversionRefused(DownloadFailed):
    """Pickled weights that cannot be read as plain tensors, or did not survive being written anew."""


class HubUnreachable(DownloadFailed):
    """The hub did not answer."""
