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
