// The open form: a native dialog, so that focus stays inside and Escape closes.

import { adaptive } from "./adaptive.js";
import { app, byId, post } from "./app.js";
import { blocks } from "./blocks.js";
import { onTeams, world } from "./messages.js";
import { el } from "./text.js";

const LEFT = "form"; // what was typed when the page was left, until the same form is drawn again
let shown = { id: null, hash: null, errors: {}, typed: {} };

addEventListener("pagehide", () => {
  if (shown.id) sessionStorage.setItem(LEFT, JSON.stringify({ id: shown.id, typed: shown.typed }));
});

/** What was typed in a form before the page was loaded anew. */
function typedBefore(view) {
  const left = JSON.parse(sessionStorage.getItem(LEFT) ?? "{}");
  sessionStorage.removeItem(LEFT);
  return left.id === view.id ? left.typed : {};
}

/** Open, change or close the dialog to match the workspace. */
export function drawModal() {
  const dialog = byId("modal");
  const view = app.state.modal;
  if (!view) {
    shown = { id: null, hash: null, errors: {}, typed: {} };
    if (dialog.open) dialog.close();
    return;
  }
  if (view.id === shown.id && view.hash === shown.hash) return;
  // A card that comes back holds what was typed.
  const typed = view.id !== shown.id ? typedBefore(view) : view.card ? {} : shown.typed;
  shown = { id: view.id, hash: view.hash, errors: {}, typed };
  draw(view);
  if (!dialog.open) dialog.showModal();
  dialog.querySelector(".body input, .body textarea, .body select, .body button")?.focus();
}

function draw(view) {
  if (view.card) return drawCard(view);
  const alive = { ...world({ view: view.id }, view.state.values), typed: shown.typed, errors: shown.errors };
  alive.type = (block, action, given) => { (shown.typed[block] ??= {})[action] = given; };
  alive.act = withTyped(alive, view);
  const dialog = byId("modal");
  const count = Object.keys(shown.errors).length;
  dialog.replaceChildren(el("form", { method: "dialog", novalidate: true, on: { submit: (event) => { event.preventDefault(); submit(view); } } },
    el("header", {},
      el("h2", { id: "modal-title" }, view.title.text),
      el("button.icon", { type: "button", "aria-label": "Close", on: { click: close } }, "✕")),
    el("div.body", {}, count > 0 && el("p.error.summary", { role: "alert" }, count === 1 ? "One answer needs another look." : `${count} answers need another look.`), blocks(view.blocks, alive)),
    el("footer", {},
      el("button.action", { type: "button", on: { click: close } }, view.close?.text ?? "Cancel"),
      view.submit && el("button.action.primary", { type: "submit" }, view.submit.text))));
}

/** A dialog of Teams: its card brings its own button. */
function drawCard(view) {
  const alive = { ...onTeams({ view: view.id }, shown.typed), errors: shown.errors, act: () => submit(view) };
  byId("modal").replaceChildren(el("form", { method: "dialog", novalidate: true, on: { submit: (event) => { event.preventDefault(); submit(view); } } },
    el("header", {},
      el("h2", { id: "modal-title" }, view.title.text),
      el("button.icon", { type: "button", "aria-label": "Close", on: { click: close } }, "✕")),
    el("div.body.teams.dialog", {}, adaptive(view.card, alive))));
}

/** Elements that act at once send what has been typed around them along. */
function withTyped(alive, view) {
  const plain = world({ view: view.id }, {});
  return (block, element, given, node) => {
    if (element.type !== "button" && element.type !== "overflow") alive.type(block.block_id, element.action_id, given);
    Object.assign(plain.typed, shown.typed);
    return plain.act(block, element, given, node);
  };
}

async function submit(view) {
  const button = byId("modal").querySelector("[type=submit], .teams button.action.submits");
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  const { errors, problem } = await post("submit", { view: view.id, typed: shown.typed });
  button.disabled = false;
  button.removeAttribute("aria-busy");
  if (problem || !errors || !Object.keys(errors).length || shown.id !== view.id) return;
  shown.errors = errors;
  draw(view);
  const wrong = byId("modal").querySelector("[aria-invalid]");
  wrong?.focus();
  wrong?.closest(".field")?.scrollIntoView({ block: "nearest" }); // with the sentence that stands below it
}

const close = () => post("close");

byId("modal").addEventListener("cancel", (event) => {
  event.preventDefault();
  close();
});
