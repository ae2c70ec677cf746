// The page: fetches what the persona sees whenever the workspace changes, and draws it.

import { app, base, byId, paint, post, reader } from "./app.js";
import { drawComposer } from "./composer.js";
import { drawMessages, isApp } from "./messages.js";
import { drawModal } from "./modal.js";
import { el } from "./text.js";
import { drawTools } from "./tools.js";

const seen = new Map(); // persona + place -> ts of the newest message read there
const personas = [...document.querySelectorAll("[data-persona]")];
const read = new Map(); // persona -> ts of the newest message that was there when the persona was last taken
let fetching = null, again = false, loaded = null;

async function refresh() {
  if (fetching) { again = true; return fetching; }
  fetching = (async () => {
    do {
      again = false;
      const me = app.me;
      const response = await fetch(`${base}/state?as=${encodeURIComponent(me)}`);
      if (!response.ok || me !== app.me) continue;
      app.state = await response.json();
      draw();
    } while (again);
  })();
  try { await fetching; } finally { fetching = null; }
}

function draw() {
  loaded ??= String(Date.parse(app.state.now) / 1000);
  if (!app.state.channels.some((each) => each.id === app.place)) app.place = app.state.channels[0].id;
  drawRail();
  drawHead();
  drawMessages();
  drawComposer();
  drawModal();
  drawTools();
}

function drawRail() {
  read.set(app.me, app.state.newest[app.me]);
  for (const each of personas) {
    const id = each.dataset.persona;
    each.setAttribute("aria-pressed", String(id === app.me));
    each.querySelector(".news").hidden = Number(app.state.newest[id]) <= Number(read.get(id) ?? loaded);
  }
  for (const each of document.querySelectorAll(".face[data-of]")) paint(each, each.dataset.of, app.state.people[each.dataset.of].name);
  const place = (channel) => {
    const here = channel.id === app.place && !onHome();
    const newest = app.state.messages[channel.id].at(-1);
    const key = `${app.me} ${channel.id}`;
    if (here && newest) seen.set(key, newest.ts);
    const since = Number(seen.get(key) ?? loaded);
    const unread = app.state.messages[channel.id].filter((each) => Number(each.ts) > since && each.user !== app.me).length;
    if (channel.kind === "im") drawUnread(unread);
    const name = channel.kind === "im" ? app.state.people[app.state.bot].name : channel.name;
    const sign = { im: "❋", channel: "#", group: "🔒", mpim: "⋯" }[channel.kind];
    return el("li", {}, el(unread ? "button.unread" : "button", { type: "button", "data-key": channel.id, "aria-current": channel.id === app.place ? "page" : null, on: { click: () => go(channel.id) } },
      el("span.sign", { "aria-hidden": "true" }, sign), el("span.grow", {}, name), unread > 0 && el("span.count", {}, String(unread), el("span.unseen", {}, " unread"))));
  };
  redraw(byId("apps"), app.state.channels.filter((each) => each.kind === "im").map(place));
  redraw(byId("channels"), app.state.channels.filter((each) => each.kind !== "im").map(place));
}

const onHome = () => isApp() && app.tab === "home" && app.state.chat === "Slack";

/** What is tapped on the Home is often answered among the messages. */
function drawUnread(count) {
  const mark = byId("unread");
  mark.hidden = !count;
  mark.replaceChildren(String(count), el("span.unseen", {}, " unread"));
}

function redraw(list, nodes) {
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  list.replaceChildren(...nodes);
  if (focused) list.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

function drawHead() {
  const channel = app.state.channels.find((each) => each.id === app.place);
  const bot = app.state.people[app.state.bot];
  byId("title").textContent = isApp() ? bot.name : `# ${channel.name}`;
  byId("tabs").hidden = !isApp() || app.state.chat !== "Slack"; // Teams shows the Home among the messages
  for (const tab of document.querySelectorAll("[data-tab]")) {
    const on = tab.dataset.tab === app.tab;
    tab.setAttribute("aria-selected", String(on));
    tab.tabIndex = on ? 0 : -1;
  }
  const me = app.state.people[app.me];
  byId("about").textContent = `as ${me.name}, ${me.tz.split("/").at(-1).replaceAll("_", " ")} time`;
  document.title = `${reader.person(app.me)} · ${document.body.dataset.team}`;
}

function go(place) {
  app.place = place;
  if (!isApp()) app.tab = "messages";
  rail(false);
  draw();
  if (!byId("composer").hidden) byId("say").focus();
}

async function openTab(name) {
  app.tab = name;
  draw();
  await post("home", { tab: name });
}

for (const each of personas) {
  each.addEventListener("click", async () => {
    app.me = each.dataset.persona;
    byId("toasts").replaceChildren(); // they were said to somebody else
    history.replaceState(null, "", `#${app.me}`);
    await refresh();
    if (app.tab === "home") post("home");
  });
}
const tabs = [...document.querySelectorAll("[data-tab]")];
for (const tab of tabs) {
  tab.addEventListener("click", () => openTab(tab.dataset.tab));
  tab.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    const other = tabs.find((each) => each !== tab);
    other.focus();
    openTab(other.dataset.tab);
  });
}
function rail(open) {
  document.body.classList.toggle("with-rail", open);
  byId("menu").setAttribute("aria-expanded", String(open));
}
byId("menu").addEventListener("click", () => rail(!document.body.classList.contains("with-rail")));
document.addEventListener("pointerdown", (event) => { if (!event.target.closest("#rail, #menu")) rail(false); });
byId("rail").addEventListener("keydown", (event) => { if (event.key === "Escape") { rail(false); byId("menu").focus(); } });

for (const each of document.querySelectorAll("[data-chat]")) {
  each.addEventListener("click", () => { each.hash = String(personas.findIndex((other) => other.dataset.persona === app.me)); });
}

app.me = personas[location.hash.slice(1)]?.dataset.persona ?? personas.find((each) => `#${each.dataset.persona}` === location.hash)?.dataset.persona ?? personas[0].dataset.persona;
await refresh();
new EventSource(`${base}/news`).onmessage = (event) => { if (Number(event.data) !== app.state?.revision) refresh(); };
