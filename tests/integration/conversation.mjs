// A conversation by OpenAI's Node client with the server at argv[2], whose token is argv[3].
// Prints one JSON object of what it saw, for test_node_client.py to judge.

import OpenAI from "openai";

const [address, token] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${address}/v1`, apiKey: token, maxRetries: 0 });
const messages = [{ role: "user", content: "tea" }];
const greedy = { model: "llama", messages, temperature: 0, max_tokens: 12 };
const seen = {};

seen.models = (await client.models.list()).data.map((model) => model.id);
seen.model = (await client.models.retrieve("llama")).copydesk.status;

const whole = await client.chat.completions.create(greedy);
seen.text = whole.choices[0].message.content;
seen.usage = whole.usage;

const stream = await client.chat.completions.create({
  ...greedy, stream: true, stream_options: { include_usage: true },
});
seen.streamed = "";
for await (const chunk of stream) {
  seen.streamed += chunk.choices[0]?.delta?.content ?? "";
  seen.streamedUsage = chunk.usage ?? seen.streamedUsage;
}

const several = await client.chat.completions.create({ model: "llama", messages, n: 2, seed: 1, max_tokens: 8 });
const again = await client.chat.completions.create({ model: "llama", messages, seed: 2, max_tokens: 8 });
seen.several = several.choices.map((choice) => choice.message.content);
seen.again = again.choices[0].message.content;

const completion = await client.completions.create({ model: "llama", prompt: "tea is", max_tokens: 4 });
seen.completion = [completion.object, completion.usage.completion_tokens];

const failures = {
  unknown: () => client.chat.completions.create({ ...greedy, model: "zebra" }),
  invalid: () => client.chat.completions.create({ ...greedy, n: 99 }),
  stranger: () => new OpenAI({ baseURL: `${address}/v1`, apiKey: "wrong", maxRetries: 0 }).models.list(),
};
seen.errors = {};
for (const [name, attempt] of Object.entries(failures)) {
  try {
    await attempt();
  } catch (error) {
    seen.errors[name] = [error.constructor.name, error.status, error.code, error.param];
  }
}

const left = await client.chat.completions.create({ model: "endless", messages, stream: true });
for await (const _ of left) break;
left.controller.abort();
seen.afterwards = (await client.chat.completions.create(greedy)).choices[0].message.content;

console.log(JSON.stringify(seen));
