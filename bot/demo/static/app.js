// What the whole page shares: whose client it is, what is there, and how to do something.

import { el } from "./text.js";

export const app = { me: "", place: "", tab: "messages", state: null };

/** What stands before every address of this chat's page. */
export const base = document.body.dataset.base;

export const byId = (id) => document.getElementById(id);

/** What a text needs to know of who reads it. */
export const reader = {
  get id() { return app.me; },
  get people() { return app.state.people; },
  get channels() { return app.state.channels; },
  get tz() { return app.state.people[app.me].tz; },
  get locale() { return app.state.people[app.me].locale; },
  person: (id) => app.state.people[id]?.name ?? id,
  channel: (id) => app.state.channels.find((each) => each.id === id)?.name ?? id,
};

/** Do something as the present persona; tells what went wrong, and the answer ({} at least). */
export async function post(verb, body = {}) {
  try {
    const response = await fetch(`${base}/do/${verb}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ as: app.me, ...body }) });
    const answer = response.ok ? await response.json() : { problem: await response.text() };
    if (answer.problem) toast(answer.problem);
    return answer;
  } catch {
    toast("The demo does not answer. Is it still running?");
    return { problem: "gone" };
  }
}

/** Say something in a corner for a few seconds. */
export function toast(words) {
  const node = el("p.toast", {}, words);
  byId("toasts").append(node);
  setTimeout(() => node.remove(), 7000);
}

/** Ask before acting, as a confirm object says; resolves to whether to go on. */
export function sure(confirm) {
  if (!confirm) return Promise.resolve(true);
  const dialog = byId("confirm");
  return new Promise((answer) => {
    const done = (yes) => { dialog.close(); answer(yes); };
    dialog.replaceChildren(
      el("header", {}, el("h2", { id: "confirm-title" }, confirm.title.text)),
      el("div.body", {}, el("p.keep", {}, confirm.text.text)),
      el("footer", {},
        el("button.action", { type: "button", on: { click: () => done(false) } }, confirm.deny.text),
        el(`button.action.${confirm.style === "danger" ? "danger" : "primary"}`, { type: "button", on: { click: () => done(true) } }, confirm.confirm.text)));
    dialog.oncancel = () => answer(false);
    dialog.showModal();
  });
}

/** A round face with initials, its colour taken from the id. */
export function face(id, name, kind) {
  const node = el(kind === "bot" ? "span.face.bot" : "span.face", { "aria-hidden": "true" });
  paint(node, id, name, kind);
  return node;
}

/** Put initials and a colour on a face. */
export function paint(node, id, name, kind) {
  node.textContent = kind === "bot" ? "❋" : name.split(/\s+/).map((word) => word[0]).slice(0, 2).join("");
  const hue = [...id].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 360, 7);
  node.style.setProperty("--hue", String(hue));
}

/** Time of day in a zone. */
export const clock = (at, tz) => new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: tz }).format(at);
/** A day in a zone. */
export const day = (at, tz) => new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", timeZone: tz }).format(at);
