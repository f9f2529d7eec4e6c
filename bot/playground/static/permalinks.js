/** Where a message is, in the form of Slack's own links. */
export function permalinkOf(message) {
  const address = `${location.origin}/archives/${message.channel}/p${message.ts.replace(".", "")}`;
  const isReply = message.thread_ts && message.thread_ts !== message.ts;
  return isReply ? `${address}?thread_ts=${message.thread_ts}&cid=${message.channel}` : address;
}
