// A small app as a Node developer would write it: bolt over Socket Mode, nothing about a playground
// but the address. Says on standard output what it is ready for and what it saw, a JSON object a line.
import bolt from "@slack/bolt";
import { WebClient } from "@slack/web-api";

const { SLACK_API_URL: slackApiUrl, SLACK_BOT_TOKEN: token, SLACK_APP_TOKEN: appToken } = process.env;
const clientOptions = { slackApiUrl };
const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

const app = new bolt.App({ token, appToken, socketMode: true, clientOptions, logLevel: "error" });

app.command("/greet", async ({ command, ack, client }) => {
  await ack();
  await client.chat.postMessage({
    channel: command.channel_id,
    text: `Hello ${command.text}`,
    blocks: [
      { type: "section", text: { type: "mrkdwn", text: `Hello *${command.text}*` } },
      {
        type: "actions",
        elements: [
          { type: "button", action_id: "ask", value: "v1", text: { type: "plain_text", text: "Ask me" } },
        ],
      },
    ],
  });
});

app.action("ask", async ({ ack, body, action, client }) => {
  await ack();
  say({ clicked: action.value });
  await client.views.open({
    trigger_id: body.trigger_id,
    view: {
      type: "modal",
      callback_id: "form",
      title: { type: "plain_text", text: "A question" },
      submit: { type: "plain_text", text: "Send" },
      blocks: [
        {
          type: "input",
          block_id: "why",
          label: { type: "plain_text", text: "Why?" },
          element: { type: "plain_text_input", action_id: "text" },
        },
      ],
    },
  });
});

app.view("form", async ({ ack, view }) => {
  const { value } = view.state.values.why.text;
  if (value === "no") {
    await ack({ response_action: "errors", errors: { why: "Say why." } });
    return;
  }
  await ack();
  say({ submitted: value });
});

app.event("reaction_added", async ({ event, client }) => {
  const { channel, ts } = event.item;
  const stream = client.chatStream({
    channel,
    thread_ts: ts,
    recipient_user_id: event.user,
    recipient_team_id: "T0LOCAL",
    buffer_size: 1,
  });
  for (const piece of ["One ", "piece ", "after another"]) await stream.append({ markdown_text: piece });
  await stream.stop();
  say({ streamed: event.reaction });
});

app.command("/file", async ({ command, ack, client }) => {
  await ack("Uploading");
  await client.filesUploadV2({
    channel_id: command.channel_id,
    filename: "report.csv",
    title: "A report",
    content: "model,mean\nrich,7.4\n",
    initial_comment: "Here it is",
  });
  say({ uploaded: true });
});

const plain = (text) => ({ type: "plain_text", text });
const option = (text) => ({ text: plain(text), value: text.toLowerCase() });
const titled = (title, blocks, more = {}) => ({ type: "modal", title: plain(title), blocks, ...more });
const input = (id, element, more = {}) => ({
  type: "input",
  block_id: id,
  label: plain(id),
  element: { action_id: id, ...element },
  ...more,
});
const line = (text, accessory) => ({ type: "section", text: { type: "mrkdwn", text }, accessory });

app.shortcut("book", async ({ shortcut, ack, client }) => {
  await ack();
  const menu = { type: "overflow", action_id: "more", options: [option("Help"), option("Again")] };
  const room = { type: "external_select", min_query_length: 2 };
  const radio = { type: "radio_buttons", options: [option("Long"), option("Short")] };
  const blocks = [
    line(`About “${shortcut.message.text}”`, menu),
    input("room", room),
    input("day", { type: "datepicker" }),
    input("length", radio),
    input("extras", { type: "checkboxes", options: [option("Coffee"), option("Tea")] }, { optional: true }),
  ];
  const view = titled("Book a room", blocks, { callback_id: "booking", submit: plain("Book") });
  await client.views.open({ trigger_id: shortcut.trigger_id, view });
});

app.options("room", async ({ payload, ack }) => {
  const rooms = ["Attic", "Atrium", "Garden"].filter((name) => name.toLowerCase().includes(payload.value));
  await ack({ options: rooms.map(option) });
});

app.action("more", async ({ ack, action, body, client }) => {
  await ack();
  if (action.selected_option.value === "help") {
    await client.views.push({ trigger_id: body.trigger_id, view: titled("Help", [line("Ask at the door.")]) });
    return;
  }
  const { id: view_id, hash, blocks } = body.view;
  const view = titled("Again", blocks, { callback_id: "booking", submit: plain("Book") });
  await client.views.update({ view_id, hash, view });
  const late = await client.views.update({ view_id, hash, view }).catch((error) => error.data.error);
  say({ late });
});

app.view("booking", async ({ ack, view }) => {
  const { day, room, length, extras } = view.state.values;
  if (day.day.selected_date < "2030-01-01") {
    await ack({ response_action: "errors", errors: { day: "Too early." } });
    return;
  }
  const chosen = [room.room.selected_option, length.length.selected_option, ...extras.extras.selected_options];
  const words = chosen.map(({ value }) => value).join(", ");
  const sure = titled("Sure?", [line(words)], { callback_id: "sure", submit: plain("Yes") });
  await ack({ response_action: "update", view: sure });
});

app.view("sure", async ({ ack, body, client }) => {
  await ack({ response_action: "clear" });
  const { channel } = await client.conversations.create({ name: "booked" });
  await client.conversations.invite({ channel: channel.id, users: body.user.id });
  const in_an_hour = Math.floor(Date.now() / 1000) + 3600;
  await client.chat.scheduleMessage({ channel: channel.id, text: "Soon", post_at: in_an_hour });
  const { scheduled_messages: waiting } = await client.chat.scheduledMessages.list({ channel: channel.id });
  const { items } = await client.reactions.list({ user: body.user.id });
  say({ waiting: waiting.map(({ text }) => text), reacted: items.length });
});

const web = new WebClient(token, { slackApiUrl });
const { user_id: user } = await web.auth.test();
const refused = await web.chat.postMessage({ channel: "C0NONE", text: "lost" }).catch((error) => error.data.error);
await app.start();
say({ ready: user, refused });

process.stdin.resume();
process.stdin.on("end", async () => {
  await app.stop();
  process.exit(0);
});
