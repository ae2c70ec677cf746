// The demo's own tools: clock, faults, log, card gallery.

import { app, base, byId, clock, day, post, reader } from "./app.js";
import { adaptive } from "./adaptive.js";
import { blocks } from "./blocks.js";
import { around } from "./messages.js";
import { el } from "./text.js";

let logged = -1;

/** Bring the tools up to date. */
export function drawTools() {
  const now = new Date(app.state.now);
  byId("now").textContent = `${day(now, "UTC")}, ${clock(now, "UTC")} UTC`;
  byId("now").dateTime = app.state.now;
  for (const each of document.querySelectorAll("[data-tz]")) each.textContent = clock(now, each.dataset.tz);
  for (const each of document.querySelectorAll("[data-fault]")) {
    each.checked = each.dataset.fault === "pace" ? app.state.pace : app.state.faults.includes(each.dataset.fault);
  }
  byId("faulty").hidden = !app.state.faults.length && !app.state.pace;
  if (!byId("log").hidden && logged !== app.state.revision) drawLog();
}

async function drawLog() {
  logged = app.state.revision;
  const entries = await (await fetch(`${base}/log`)).json();
  const open = new Set([...document.querySelectorAll("#exchanges details[open]")].map((each) => each.dataset.key));
  byId("exchanges").replaceChildren(...entries.map((each, index) => entry(each, `${entries.length - index}`, open)));
}

function entry(each, key, open) {
  const inward = each.who !== "bot";
  const bad = each.note || (each.status && each.status >= 300) || each.answer?.ok === false;
  const status = each.status ? `${each.status}${each.answer?.error ? ` ${each.answer.error}` : ""}` : "…";
  return el("li", {}, el("details", { "data-key": key, open: open.has(key) },
    el("summary", {}, el("time", {}, clock(new Date(each.at), "UTC")), el(`span.way${inward ? ".in" : ""}`, {}, inward ? `${app.state.chat} → bot` : `bot → ${app.state.chat}`), el("b", {}, each.what), el(bad ? "span.status.bad" : "span.status", {}, each.note || status)),
    el("h3", {}, "Sent"), el("pre", { tabindex: "0" }, JSON.stringify(each.sent, null, 2)),
    el("h3", {}, "Answered"), el("pre", { tabindex: "0" }, typeof each.answer === "string" ? each.answer || "(empty)" : JSON.stringify(each.answer, null, 2))));
}

async function drawGallery() {
  const items = await (await fetch(`${base}/gallery`)).json();
  const both = items.some((each) => each.card);
  const inert = { reader, state: {}, typed: {}, type() {}, search: async () => [], act() {} };
  byId("cards").replaceChildren(...items.map((each) => el("section.sample", { "data-name": each.name.toLowerCase() },
    el("h3", {}, each.name),
    el(both ? "div.pair" : "div.pair.single", {},
      el("div", {}, both && el("p.platform", {}, "Slack"), el("div.card", {}, blocks(each.blocks, inert))),
      both && el("div", {}, el("p.platform", {}, "Teams"), each.card && el("div.card.teams", {}, adaptive(each.card)))))));
}

function toggle(id, on) {
  if (id === "gallery") {
    if (on) { drawGallery(); byId("gallery").showModal(); } else byId("gallery").close();
    return;
  }
  around(() => {
    for (const drawer of document.querySelectorAll(".drawer")) drawer.hidden = drawer.id !== id || !on;
    document.body.classList.toggle("with-drawer", on);
  });
  for (const button of document.querySelectorAll("[data-opens]")) button.setAttribute("aria-expanded", String(button.dataset.opens === id && on));
  if (on) {
    byId(id).querySelector("button").focus();
    logged = -1;
    drawTools();
  } else document.querySelector(`[data-opens=${id}]`).focus();
}

for (const each of document.querySelectorAll("[data-opens]")) each.addEventListener("click", () => toggle(each.dataset.opens, each.dataset.opens === "gallery" || byId(each.dataset.opens).hidden));
for (const each of document.querySelectorAll("[data-closes]")) each.addEventListener("click", () => toggle(each.dataset.closes, false));
for (const each of document.querySelectorAll(".drawer")) each.addEventListener("keydown", (event) => { if (event.key === "Escape") toggle(each.id, false); });
for (const each of document.querySelectorAll("[data-fault]")) each.addEventListener("change", () => post("fault", { kind: each.dataset.fault, on: each.checked }));
for (const each of document.querySelectorAll("[data-travel]")) {
  each.addEventListener("click", async () => {
    const all = document.querySelectorAll("[data-travel]");
    for (const button of all) button.disabled = true;
    each.setAttribute("aria-busy", "true");
    await post("travel", { to: each.dataset.travel });
    each.removeAttribute("aria-busy");
    for (const button of all) button.disabled = false;
    each.focus();
  });
}
byId("gallery-filter").addEventListener("input", (event) => {
  const words = event.target.value.trim().toLowerCase();
  for (const each of document.querySelectorAll(".sample")) each.hidden = !each.dataset.name.includes(words);
});
