"""The newer blocks and elements of Block Kit: what the playground takes, refuses and reads from them."""

from typing import Any

import pytest

from bot.playground.block_kit.state import elements, find_element, input_errors, read_values, with_ids
from bot.playground.block_kit.validation import check_message_blocks, check_suggestions, check_view
from bot.playground.entities import Json
from bot.playground.errors import ApiError
from tests.playground_app import actions, button, modal, plain, section

OPTIONS = [{"text": plain(name), "value": name} for name in ("one", "two")]
LINK = {"type": "rich_text_section", "elements": [{"type": "link", "url": "https://example.com"}]}
RICH = {"type": "rich_text", "elements": [LINK]}


def raw(text: str) -> Json:
    return {"type": "raw_text", "text": text}


def number(value: float) -> Json:
    return {"type": "raw_number", "value": value, "text": str(value)}


def data_table(*rows: list[Json], **more: Any) -> Json:
    head = [raw("Model"), raw("Mean")]
    return {
        "type": "data_table",
        "caption": "Models",
        "rows": [head, *(rows or [[raw("A"), number(7.5)]])],
        **more,
    }


def series(name: str = "Mean", **values: float) -> Json:
    return {"name": name, "data": [{"label": label, "value": value} for label, value in values.items()]}


def chart(kind: str, *lines: Json, categories: tuple[str, ...] = ("A", "B"), **axis: Any) -> Json:
    return {
        "type": "data_visualization",
        "title": "Means",
        "chart": {
            "type": kind,
            "series": list(lines) or [series(A=7.5, B=-1)],
            "axis_config": {"categories": list(categories), **axis},
        },
    }


def pie(*values: float) -> Json:
    segments = [{"label": str(position), "value": value} for position, value in enumerate(values)]
    return {
        "type": "data_visualization",
        "title": "Shares",
        "chart": {"type": "pie", "segments": segments},
    }


def card(**more: Any) -> Json:
    return {"type": "card", "title": {"type": "mrkdwn", "text": "*A* card"}, **more}


def container(*blocks: Json, **more: Any) -> Json:
    return {"type": "container", "title": plain("Details"), "child_blocks": list(blocks), **more}


def task(**more: Any) -> Json:
    return {"type": "task_card", "task_id": "t1", "title": "Looking it up", "status": "in_progress", **more}


@pytest.mark.parametrize(
    "block",
    [
        data_table(page_size=10, row_header_column_index=1),
        data_table([RICH, number(1)]),
        chart("bar", x_label="Model", y_label="Mean score"),
        chart("line", series(A=1, B=2), series("Median", A=2, B=3)),
        chart("area"),
        pie(45, 28.5),
        card(
            icon={"type": "image", "image_url": "https://example.com/a.png", "alt_text": "A"},
            body={"type": "mrkdwn", "text": "Body"},
            subtext=plain("Small"),
            actions=[button("go")],
        ),
        card(slack_icon={"type": "icon", "name": "rocket"}),
        {"type": "carousel", "elements": [card(), card()]},
        container(section("x"), actions(button("go")), is_collapsible=True, default_collapsed=True),
        task(details=RICH, output=RICH, sources=[{"type": "url", "url": "https://a.example", "text": "a"}]),
        {"type": "plan", "title": "Thinking", "tasks": [{"task_id": "t", "title": "One"}, task()]},
    ],
)
def test_the_newer_blocks_are_taken(block: Json) -> None:
    assert check_message_blocks([block]) == [block]


@pytest.mark.parametrize(
    ("block", "fault"),
    [
        (data_table(*([[raw("A"), number(1)]] * 101)), "no more than 101 items allowed"),
        ({**data_table(), "rows": [[raw("Head")]]}, "no fewer than 2 items allowed"),
        (data_table([raw("short")]), "all rows must have the same number of cells"),
        (
            {**data_table(), "rows": [[RICH], [raw("x")]]},
            "rich_text is not allowed in header cells [json-pointer:/blocks/0]",
        ),
        (data_table(page_size=101), "Input should be less than or equal to 100"),
        (data_table(row_header_column_index=2), "row_header_column_index must be less than"),
        (chart("bar", series(A=1)), "each series must have one data point for each category"),
        (chart("bar", series(A=1, B=1), series(A=2, B=2)), "series names must be unique"),
        (chart("line", *(series(str(at), A=1, B=2) for at in range(7))), "no more than 6 items allowed"),
        (
            {**chart("bar"), "title": "x" * 51},
            "must be less than 51 characters [json-pointer:/blocks/0/title]",
        ),
        (chart("scatter"), "unsupported type: scatter [json-pointer:/blocks/0/chart/type]"),
        (pie(1, 0), "Input should be greater than 0 [json-pointer:/blocks/0/chart/segments/1/value]"),
        ({"type": "card", "subtitle": plain("x")}, "must provide at least one of hero_image, title"),
        (card(body=plain("x" * 201)), "must be less than 201 characters [json-pointer:/blocks/0/body/text]"),
        (card(actions=[button(str(at)) for at in range(4)]), "no more than 3 items allowed"),
        ({"type": "carousel", "elements": [card()] * 11}, "no more than 10 items allowed"),
        (container(), "no fewer than 1 items allowed [json-pointer:/blocks/0/child_blocks]"),
        (container(container(section("x"))), "unsupported type: container"),
        (container(section("x"), default_collapsed=True), "default_collapsed requires is_collapsible"),
        ({**container(section("x")), "title": None}, "must provide one of title or rich_text_title"),
        (task(status="done"), "[json-pointer:/blocks/0/status]"),
        ({"type": "alert", "text": plain("x")}, "unsupported type: alert"),
    ],
)
def test_faults_of_the_newer_blocks(block: Json, fault: str) -> None:
    with pytest.raises(ApiError) as raised:
        check_message_blocks([block])
    assert raised.value.error == "invalid_blocks"
    assert any(fault in message for message in raised.value.messages), raised.value.messages


@pytest.mark.parametrize(
    ("blocks", "fault"),
    [
        ([pie(1), pie(1), pie(1)], "no more than 2 data_visualization blocks allowed"),
        (
            [data_table([raw("x" * 5_000), number(1)]), data_table([raw("x" * 5_001), number(1)])],
            "no more than 10000 characters allowed in all table cells",
        ),
    ],
)
def test_limits_that_blocks_of_a_message_share(blocks: list[Json], fault: str) -> None:
    with pytest.raises(ApiError) as raised:
        check_message_blocks(blocks)
    assert raised.value.messages == (fault,)


@pytest.mark.parametrize(
    "element",
    [
        {"type": "external_select", "min_query_length": 0},
        {"type": "multi_static_select", "options": OPTIONS, "initial_options": OPTIONS[:1]},
        {"type": "multi_external_select", "max_selected_items": 2},
        {"type": "multi_users_select", "initial_users": ["U0ADA"]},
        {"type": "multi_channels_select"},
        {"type": "multi_conversations_select", "filter": {"include": ["public"]}},
        {"type": "conversations_select", "default_to_current_conversation": True},
        {"type": "datetimepicker", "initial_date_time": 1_760_000_000},
        {"type": "workflow_button", "text": plain("Go"), "workflow": {"trigger": {"url": "https://a"}}},
    ],
)
def test_elements_stand_in_actions_and_beside_sections(element: Json) -> None:
    blocks = [actions(element), section("x", accessory=element)]
    assert check_message_blocks(blocks) == blocks


@pytest.mark.parametrize(
    ("element", "fault"),
    [
        (
            {"type": "static_select", "options": OPTIONS, "initial_option": {**OPTIONS[0], "value": "three"}},
            "initial_option must be one of the options",
        ),
        ({"type": "datetimepicker", "initial_date_time": 12}, "greater than or equal to 1000000000"),
        ({"type": "overflow", "options": OPTIONS * 3}, "no more than 5 items allowed"),
        (
            {"type": "static_select", "options": [{"text": {"type": "mrkdwn", "text": "x"}, "value": "x"}]},
            "Input should be 'plain_text'",
        ),
        ({"type": "file_input"}, "unsupported type: file_input"),
    ],
)
def test_faults_of_elements(element: Json, fault: str) -> None:
    with pytest.raises(ApiError) as raised:
        check_message_blocks([actions(element)])
    assert any(fault in message for message in raised.value.messages), raised.value.messages


def field(element: Json, **more: Any) -> Json:
    return {
        "type": "input",
        "block_id": element["type"],
        "label": plain("A field"),
        "element": {"action_id": "it", **element},
        **more,
    }


def test_a_modal_takes_files_rich_text_and_alerts_and_a_home_does_not() -> None:
    form = modal(
        field({"type": "file_input", "filetypes": ["csv"], "max_files": 2}),
        field({"type": "rich_text_input"}),
        {"type": "alert", "text": plain("Careful"), "level": "warning"},
    )
    assert check_view(form, kind="modal") == form
    for block in form["blocks"][::2]:
        with pytest.raises(ApiError, match="invalid_arguments"):
            check_view({"type": "home", "blocks": [block]}, kind="home")


def test_every_field_has_its_own_kind_of_value() -> None:
    fields = with_ids(
        [
            field({"type": "multi_users_select", "initial_users": ["U0ADA"]}),
            field({"type": "multi_conversations_select"}),
            field({"type": "external_select"}),
            field({"type": "datetimepicker"}),
            field({"type": "file_input"}),
            field({"type": "rich_text_input", "initial_value": RICH}),
        ]
    )
    assert read_values(fields, {"external_select": {"it": {"selected_option": OPTIONS[0]}}}) == {
        "multi_users_select": {"it": {"type": "multi_users_select", "selected_users": ["U0ADA"]}},
        "multi_conversations_select": {
            "it": {"type": "multi_conversations_select", "selected_conversations": []}
        },
        "external_select": {"it": {"type": "external_select", "selected_option": OPTIONS[0]}},
        "datetimepicker": {"it": {"type": "datetimepicker", "selected_date_time": None}},
        "file_input": {"it": {"type": "file_input", "files": []}},
        "rich_text_input": {"it": {"type": "rich_text_input", "rich_text_value": RICH}},
    }


def test_more_files_than_a_field_takes_are_refused() -> None:
    fields = [field({"type": "file_input", "max_files": 1})]
    values = read_values(fields, {"file_input": {"it": {"files": [{"id": "F1"}, {"id": "F2"}]}}})
    assert input_errors(fields, values) == {"file_input": "Attach one file."}


def test_buttons_of_cards_are_found_in_their_card() -> None:
    [carousel] = with_ids([{"type": "carousel", "elements": [card(block_id="c1", actions=[button("go")])]}])
    assert [(block["block_id"], element["action_id"]) for block, element in elements([carousel])] == [
        ("c1", "go")
    ]
    assert find_element([carousel], "c1", "go") is not None


def test_elements_inside_containers_are_found_in_their_own_block() -> None:
    [holder] = with_ids([container(actions(button("go")))])
    [(block, element)] = elements([holder])
    assert element["action_id"] == "go"
    assert block["block_id"] == holder["child_blocks"][0]["block_id"]


@pytest.mark.parametrize(
    "answer",
    [{"options": OPTIONS}, {"options": []}, {"option_groups": [{"label": plain("G"), "options": OPTIONS}]}],
)
def test_suggestions_are_options_or_groups(answer: Json) -> None:
    assert check_suggestions(answer) == answer


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (None, "must provide an object"),
        ({}, "must provide exactly one of options or option_groups"),
        ({"options": OPTIONS * 51}, "no more than 100 items allowed [json-pointer:/options]"),
        ({"options": [{"text": plain("x" * 76), "value": "x"}]}, "must be less than 76 characters"),
    ],
)
def test_faulty_suggestions(answer: Any, fault: str) -> None:
    with pytest.raises(ApiError) as raised:
        check_suggestions(answer)
    assert raised.value.error == "invalid_options"
    assert any(fault in message for message in raised.value.messages), raised.value.messages
