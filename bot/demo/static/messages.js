// The channel or app that is open: its messages, its Home, and what can be done with them.

import { adaptive, withMentions } from "./adaptive.js";
import { app, byId, clock, day, face, post, reader, sure, toast } from "./app.js";
import { blocks } from "./blocks.js";
import { menu } from "./combobox.js";
import { el, mrkdwn } from "./text.js";

const drawn = new Map(); // ts -> [signature, node]: what did not change keeps its node, and with it the focus
const NEAR = 80; // pixels from the end that count as being there
let shownPlace = "";

/** Draw what is open, keeping the scroll at the end when it was there. */
export function drawMessages() {
  const box = byId("messages");
  const place = `${app.me} ${app.place} ${app.tab}`;
  const fresh = place !== shownPlace;
  const atEnd = fresh || isAtEnd(box);
  if (fresh) drawn.clear();
  shownPlace = place;
  const home = app.tab === "home" && isApp() && app.state.chat === "Slack";
  box.classList.toggle("home", home);
  const focus = held(box);
  replaceGently(box, home ? homeNodes() : messageNodes());
  if (focus) holdAgain(focus);
  if (home && fresh) box.scrollTop = 0;
  else if (atEnd && !home) box.scrollTop = box.scrollHeight;
}

const isAtEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;

/** Change what stands around the messages; the newest stays in sight when it was. */
export function around(change) {
  const box = byId("messages");
  const atEnd = isAtEnd(box) && !box.classList.contains("home");
  change();
  if (atEnd) box.scrollTop = box.scrollHeight;
}

/** Whether the bot's own place is open. */
export const isApp = () => app.state.channels.find((each) => each.id === app.place)?.kind === "im";

function replaceGently(box, nodes) {
  for (const node of [...box.children]) if (!nodes.includes(node)) node.remove();
  nodes.forEach((node, index) => { if (box.children[index] !== node) box.insertBefore(node, box.children[index] ?? null); });
}

const controls = (node) => [...node.querySelectorAll("button, select, input, textarea, a")];

/** Where the focus is: in what is drawn under which key, and on how manieth of its controls. */
function held(box) {
  const key = [...drawn.keys()].find((each) => drawn.get(each)[1].contains(document.activeElement));
  if (!key || !box.contains(drawn.get(key)[1])) return null;
  const all = controls(drawn.get(key)[1]);
  return { key, before: drawn.get(key)[1], count: all.length, at: all.indexOf(document.activeElement) };
}

/** A card that was drawn anew keeps the focus where it was; one that became another card has it as a whole. */
function holdAgain({ key, before, count, at }) {
  const node = drawn.get(key)[1], all = controls(node);
  if (node === before) return;
  node.tabIndex = -1;
  (all.length === count && all[at] ? all[at] : node).focus({ preventScroll: true });
}

function homeNodes() {
  const view = app.state.home;
  if (!view) return [kept("empty-home", "", () => empty("The Home is empty", "The bot has not published one for this person yet."))];
  return [kept("home", JSON.stringify(view), () => el("article.card.home-card", {}, blocks(view.blocks, world({ view: view.id }, view.state.values))))];
}

function messageNodes() {
  const all = app.state.messages[app.place] ?? [];
  const nodes = [];
  let lastDay = "", last = null;
  for (const message of all.filter((each) => !each.thread_ts || each.thread_ts === each.ts)) {
    const at = new Date(message.ts * 1000);
    const today = day(at, reader.tz);
    if (today !== lastDay) nodes.push(kept(`day ${today}`, "", () => el("p.day", {}, el("span", {}, today))));
    const follows = last && today === lastDay && last.user === message.user && last.only_you === message.only_you && message.ts - last.ts < 300;
    lastDay = today;
    last = message;
    const replies = all.filter((each) => each.thread_ts === message.ts && each.ts !== message.ts);
    nodes.push(kept(message.ts, JSON.stringify([message, replies, follows]), () => drawMessage(message, at, follows, replies)));
  }
  if (!nodes.length) nodes.push(kept("empty", "", () => empty("Nothing here yet", isApp() ? "Write “help” to the bot, or let some time pass with the buttons at the top." : "Be the first to write.")));
  return nodes;
}

function kept(key, signature, make) {
  const before = drawn.get(key);
  if (before && before[0] === signature) return before[1];
  const node = make();
  drawn.set(key, [signature, node]);
  return node;
}

const empty = (title, words) => el("div.empty", {}, el("p", {}, el("b", {}, title)), el("p", {}, words));

function drawMessage(message, at, follows, replies) {
  const who = app.state.people[message.user] ?? { name: message.user, kind: "member" };
  const content = message.card ? el("div.card.teams", {}, adaptive(message.card, onTeams({ channel: message.channel, id: message.id })))
    : app.state.chat === "Teams" ? el("p.said.keep", {}, withMentions(message.text))
    : message.blocks ? el(who.kind === "bot" ? "div.card" : "div.said", {}, blocks(message.blocks, world({ channel: message.channel, ts: message.ts }, {})))
    : el("p.said", {}, mrkdwn(message.text, reader));
  return el(`article.message${follows ? ".follows" : ""}${message.only_you ? ".only-you" : ""}`, { "aria-label": `${who.name}, ${clock(at, reader.tz)}` },
    follows ? el("span.gutter", { "aria-hidden": "true" }, clock(at, reader.tz)) : face(message.user, who.name, who.kind),
    el("div.grow", {},
      message.only_you && el("p.private", {}, "👁 Only visible to you"),
      !follows && el("p.by", {}, el("b", {}, who.name), who.kind === "bot" && el("span.pill", {}, "app"), who.kind === "guest" && el("span.pill", {}, "guest"), el("time", {}, clock(at, reader.tz)), message.edited && el("small", {}, "(edited)")),
      content,
      message.reactions && el("p.reactions", {}, message.reactions.map((each) => el("span.pill", {}, mrkdwn(`:${each.name}:`, reader), ` ${each.count}`))),
      replies.length > 0 && el("div.thread", {}, replies.map((each) => drawMessage(each, new Date(each.ts * 1000), false, [])))),
    more(message));
}

function more(message) {
  const choices = app.state.shortcuts.filter((each) => each.type === "message");
  if (!choices.length || message.only_you) return null;
  const button = el("button.icon.more", { type: "button", "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": "Message actions", title: "Message actions" }, "⋮");
  button.addEventListener("click", () => menu(button, choices.map((each) => ({
    label: each.name, about: each.description,
    act: () => post("shortcut", { callback_id: each.callback_id, channel: message.channel, ts: message.ts, id: message.id }),
  }))));
  return button;
}

/** What blocks need to be alive in one message or view. */
export function world(where, state) {
  const typed = {};
  return {
    reader, state, typed,
    type: (block, action, given) => { (typed[block] ??= {})[action] = given; },
    search: async (block, element, words) => (await post("suggest", { ...where, block_id: block.block_id, action_id: element.action_id, text: words })).options ?? [],
    act: async (block, element, given, node) => {
      if (!(await sure(element.confirm))) return;
      node?.setAttribute("aria-busy", "true");
      await post("tap", { ...where, block_id: block.block_id, action_id: element.action_id, given, typed });
      node?.removeAttribute("aria-busy");
    },
  };
}

/** What an Adaptive Card needs to be alive in one message or dialog. */
export function onTeams(where, typed = {}) {
  return {
    reader, typed, errors: {},
    search: async (input, words) => (await post("suggest", { ...where, input, text: words })).options ?? [],
    act: async (action, node) => {
      node.setAttribute("aria-busy", "true");
      const { said } = await post("tap", { ...where, action, typed });
      node.removeAttribute("aria-busy");
      if (said) toast(said);
    },
  };
}
