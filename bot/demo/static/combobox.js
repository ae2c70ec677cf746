// A searchable list (WAI-ARIA combobox): one choice or several, from options that are there or that the bot finds.

import { el } from "./text.js";

const MOST = 1000; // options shown at once
let serial = 0;

/**
 * `options`: [{value, label, group, about}]; `search`: async text -> options, instead of filtering.
 * `chosen`: the options chosen at first; `changed` is given the list of those chosen.
 */
export function combobox({ options = [], search = null, chosen = [], several = false, placeholder = "", changed, input: more = {} }) {
  const id = `list-${++serial}`;
  let shown = [], active = -1, picked = [...chosen];
  const input = el("input", { type: "text", role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": id, autocomplete: "off", placeholder, ...more });
  const list = el("ul.popup", { id, role: "listbox", hidden: true, tabindex: -1 }); // browsers let Tab stop at what scrolls
  const chips = el("span.chips");
  const box = el("div.combo", {}, chips, input, list);
  const label = () => (several ? "" : picked[0]?.label ?? "");

  function show() {
    list.replaceChildren();
    let group;
    shown.forEach((option, index) => {
      if (option.group && option.group !== group) list.append(el("li.group", { role: "presentation" }, (group = option.group)));
      list.append(el("li", { role: "option", id: `${id}-${index}`, "aria-selected": String(index === active),
        on: { mousedown: (event) => { event.preventDefault(); pick(option); } } }, option.label, option.about && el("small", {}, option.about)));
    });
    if (!shown.length) list.append(el("li.group", { role: "presentation" }, "Nothing found"));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    if (active >= 0) input.setAttribute("aria-activedescendant", `${id}-${active}`);
    else input.removeAttribute("aria-activedescendant");
    list.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }
  function hide() {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }
  async function look() {
    const words = input.value === label() ? "" : input.value.trim().toLowerCase();
    const asked = input.value;
    const found = search ? await search(asked === label() ? "" : asked.trim()) : options.filter((option) => `${option.label} ${option.group ?? ""} ${option.about ?? ""}`.toLowerCase().includes(words));
    if (asked !== input.value || document.activeElement !== input) return;
    shown = found.filter((option) => !several || !picked.some((each) => each.value === option.value)).slice(0, MOST);
    active = words && shown.length ? 0 : shown.findIndex((option) => !several && option.value === picked[0]?.value);
    show();
  }
  function pick(option) {
    picked = several ? [...picked, option] : [option];
    settle();
    hide();
  }
  function settle() {
    chips.replaceChildren(...(several ? picked : []).map((each) => el("button.chip", { type: "button", "aria-label": `Remove ${each.label}`, on: { click: () => { picked = picked.filter((other) => other !== each); settle(); input.focus(); } } }, each.label, " ✕")));
    input.value = label();
    changed(picked);
  }
  // Focus alone opens nothing: a form puts it into its first field, and the list would hide the rest of the form.
  input.addEventListener("click", () => { input.select(); look(); });
  input.addEventListener("input", () => {
    if (!several && !input.value && picked.length) { picked = []; changed(picked); }
    look();
  });
  input.addEventListener("blur", () => { hide(); input.value = label(); });
  input.addEventListener("keydown", (event) => {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move) {
      event.preventDefault();
      if (list.hidden) return void look();
      active = (active + move + shown.length) % Math.max(shown.length, 1);
      show();
    } else if (event.key === "Enter" && !list.hidden) {
      event.preventDefault();
      if (shown[active]) pick(shown[active]);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      event.stopPropagation();
      hide();
    } else if (event.key === "Backspace" && several && !input.value && picked.length) {
      picked = picked.slice(0, -1);
      settle();
    }
  });
  const start = changed;
  changed = () => {};
  settle();
  changed = start;
  return box;
}

/** A menu that opens under its button: [{label, act}]; arrows move, Escape closes. */
export function menu(button, items) {
  document.querySelector(".menu")?.remove();
  const close = (back) => {
    list.remove();
    button.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", outside);
    if (back) button.focus();
  };
  const list = el("div.menu", { role: "menu" }, items.map((item) => el("button", { type: "button", role: "menuitem", on: { click: () => { close(true); item.act(); } } }, item.label, item.about && el("small", {}, item.about))));
  const outside = (event) => { if (!list.contains(event.target)) close(false); };
  list.addEventListener("keydown", (event) => {
    const all = [...list.children], at = all.indexOf(document.activeElement);
    if (event.key === "ArrowDown") all[(at + 1) % all.length].focus();
    else if (event.key === "ArrowUp") all[(at - 1 + all.length) % all.length].focus();
    else if (event.key === "Escape" || event.key === "Tab") close(true);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  const place = button.getBoundingClientRect();
  (button.closest("dialog") ?? document.body).append(list);
  list.style.left = `${Math.max(8, Math.min(place.left, innerWidth - list.offsetWidth - 8))}px`;
  const below = place.bottom + 4 + list.offsetHeight < innerHeight;
  list.style.top = `${below ? place.bottom + 4 : Math.max(8, place.top - list.offsetHeight - 4)}px`;
  button.setAttribute("aria-expanded", "true");
  list.firstElementChild?.focus();
  setTimeout(() => document.addEventListener("pointerdown", outside));
}
