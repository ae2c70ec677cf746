// Writing: messages, slash commands with completion, mentions, global shortcuts.

import { app, byId, post, toast } from "./app.js";
import { menu } from "./combobox.js";
import { isApp } from "./messages.js";
import { el } from "./text.js";

const say = byId("say"), list = byId("completions");
let found = [], active = -1;

/** Name the place in the empty field. */
export function drawComposer() {
  const channel = app.state.channels.find((each) => each.id === app.place);
  const slash = app.state.commands.length > 0;
  const to = channel?.kind === "im" ? app.state.people[app.state.bot].name : `#${channel?.name}`;
  say.placeholder = `Message ${to}${slash ? ", or / for commands" : app.state.chat === "Teams" && !isApp() ? `, @${called(app.state.people[app.state.bot])} to be heard by the bot` : ""}`;
  byId("composer").hidden = isApp() && app.tab === "home" && app.state.chat === "Slack";
  byId("shortcuts").hidden = !app.state.shortcuts.some((each) => each.type === "global");
}

function suggestions() {
  const typed = say.value.slice(0, say.selectionStart);
  if (app.state.chat === "Slack" && typed.startsWith("/") && !typed.includes("@")) {
    const guest = app.state.people[app.me].kind === "guest";
    if (guest) return [{ label: "Guests have no slash commands", about: "Write to the bot instead: every feature is there.", text: null }];
    const near = app.state.commands.filter((each) => each.text.startsWith(typed.trimEnd()) && each.text !== typed.trimEnd());
    return near.slice(0, 16).map((each) => ({ label: each.text, about: each.about, text: `${each.text} ` }));
  }
  const at = typed.match(/(^|\s)@([\w.-]*)$/);
  if (!at) return [];
  const start = typed.slice(0, typed.length - at[2].length - 1);
  return Object.values(app.state.people)
    .filter((each) => !each.deleted && `${each.handle} ${each.name}`.toLowerCase().includes(at[2].toLowerCase()))
    .slice(0, 8)
    .map((each) => ({ label: `@${called(each)}`, about: app.state.chat === "Teams" ? each.title : each.name, text: `${start}@${called(each)} ` }));
}

/** What stands behind the @ of a mention: Teams shows names. */
function called(person) { return app.state.chat === "Teams" ? person.name : person.handle; }

function draw() {
  list.hidden = !found.length;
  say.setAttribute("aria-expanded", String(!list.hidden));
  list.replaceChildren(...found.map((each, index) => el("li", { role: "option", id: `say-${index}`, "aria-selected": String(index === active), "aria-disabled": each.text === null ? "true" : null, on: { mousedown: (event) => { event.preventDefault(); take(each); } } }, each.label, each.about && el("small", {}, each.about))));
  if (active >= 0) say.setAttribute("aria-activedescendant", `say-${active}`);
  else say.removeAttribute("aria-activedescendant");
}

function take(choice) {
  if (choice.text === null) return;
  say.value = choice.text + say.value.slice(say.selectionStart);
  say.focus();
  look();
}

function look() {
  found = suggestions();
  active = -1;
  draw();
  say.style.height = "auto";
  say.style.height = `${Math.min(say.scrollHeight, 160)}px`;
}

const hide = () => { found = []; active = -1; draw(); };

say.addEventListener("input", look);
say.addEventListener("blur", hide);
say.addEventListener("keydown", (event) => {
  const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (move && found.length) {
    event.preventDefault();
    active = (active + move + found.length) % found.length;
    draw();
  } else if ((event.key === "Enter" || event.key === "Tab") && active >= 0) {
    event.preventDefault();
    take(found[active]);
  } else if (event.key === "Escape" && found.length) {
    event.preventDefault();
    hide();
  } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    byId("composer").requestSubmit();
  }
});

byId("composer").addEventListener("submit", async (event) => {
  event.preventDefault();
  const words = say.value.trim();
  if (!words) return;
  hide();
  const slash = app.state.chat === "Slack" && words.startsWith("/");
  if (slash && app.state.people[app.me].kind === "guest") return toast("Guests have no slash commands: write to the bot instead.");
  say.value = "";
  look();
  const { problem } = await post(slash ? "command" : "say", { channel: app.place, text: words });
  if (problem && !say.value) say.value = words;
});

byId("shortcuts").addEventListener("click", () => menu(byId("shortcuts"), app.state.shortcuts
  .filter((each) => each.type === "global")
  .map((each) => ({ label: each.name, about: each.description, act: () => post("shortcut", { callback_id: each.callback_id }) }))));
