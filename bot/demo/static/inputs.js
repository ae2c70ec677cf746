// Block Kit's elements as form controls. Each tells `changed` what it holds, in the plain form the workspace takes.

import { combobox, menu } from "./combobox.js";
import { el, text } from "./text.js";

const FEW = 12; // options that a plain list shows; more are searched
let serial = 0;

/** What an element holds: its state from the workspace, else its initial value. */
export function held(element, state) {
  if (state) {
    if ("selected_option" in state) return state.selected_option;
    if ("selected_options" in state) return state.selected_options;
    const key = Object.keys(state).find((each) => each !== "type");
    return state[key];
  }
  for (const key of ["initial_option", "initial_options", "initial_user", "initial_users", "initial_conversation", "initial_date", "initial_time", "initial_value"]) {
    if (element[key] !== undefined) return element[key];
  }
  return null;
}

/** The control for an element. `world`: {reader, search(element, text), attributes for the control itself}. */
export function control(element, value, changed, world) {
  const make = MAKERS[element.type];
  return make ? make(element, value, changed, world) : el("p.unknown", {}, `(${element.type})`);
}

const words = (object) => object?.text ?? "";
const option = (each, group) => ({ value: each.value, label: words(each.text), about: words(each.description), group, whole: each });
const flat = (element) => element.option_groups?.flatMap((group) => group.options.map((each) => option(each, words(group.label)))) ?? (element.options ?? []).map((each) => option(each));
const values = (list) => (list ?? []).map((each) => each.value ?? each);

function written(kind) {
  return (element, value, changed, { input }) => {
    const tag = element.multiline ? "textarea" : "input";
    const limits = kind === "number"
      ? { min: element.min_value, max: element.max_value, step: element.is_decimal_allowed ? "any" : "1" }
      : { maxlength: element.max_length, minlength: element.min_length };
    const type = tag === "input" ? { type: kind } : { rows: 4 };
    const node = el(tag, { ...type, ...limits, placeholder: words(element.placeholder), ...input, on: { input: () => { changed(node.value); count(); } } });
    node.value = value ?? "";
    const counter = el("small.counter");
    const count = () => { counter.textContent = element.max_length ? `${node.value.length} / ${element.max_length}` : ""; };
    count();
    return element.max_length ? el("div", {}, node, counter) : node;
  };
}

function picked(kind) {
  return (element, value, changed, { input }) => {
    const node = el("input", { type: kind, ...input, on: { change: () => changed(node.value || null) } });
    node.value = value ?? "";
    return node;
  };
}

function select(element, value, changed, { input }) {
  const all = flat(element);
  const chosen = value?.value ?? value;
  if (all.length > FEW) {
    const now = all.filter((each) => each.value === chosen);
    return combobox({ options: all, chosen: now, placeholder: words(element.placeholder) || "Search", changed: ([one]) => changed(one?.value ?? null), input });
  }
  const node = el("select", { ...input, on: { change: () => changed(node.value || null) } }, el("option", { value: "" }, words(element.placeholder) || "Choose"));
  const add = (to, options) => to.append(...options.map((each) => el("option", { value: each.value, selected: each.value === chosen }, words(each.text))));
  if (element.option_groups) {
    for (const group of element.option_groups) { const box = el("optgroup", { label: words(group.label) }); add(box, group.options); node.append(box); }
  } else add(node, element.options ?? []);
  return node;
}

function severalOf(options, element, value, changed, { input }) {
  const now = options.filter((each) => values(value).includes(each.value));
  return combobox({ options, chosen: now, several: true, placeholder: words(element.placeholder) || "Search", changed: (list) => changed(list.map((each) => each.value)), input });
}

function oneOf(options, element, value, changed, { input }) {
  const now = options.filter((each) => each.value === value);
  return combobox({ options, chosen: now, placeholder: words(element.placeholder) || "Search", changed: ([one]) => changed(one?.value ?? null), input });
}

function searched(element, value, changed, { input, search }) {
  const now = value?.value ? [option(value)] : [];
  return combobox({ chosen: now, search: async (typed) => (typed.length < (element.min_query_length ?? 3) ? [] : (await search(element, typed)).map((each) => option(each))), placeholder: words(element.placeholder) || "Type to search", changed: ([one]) => changed(one?.whole ?? null), input });
}

function boxes(kind) {
  return (element, value, changed, { reader, input }) => {
    const name = `group-${++serial}`;
    const chosen = kind === "radio" ? [value?.value ?? value] : values(value);
    const group = el("div.options", { role: kind === "radio" ? "radiogroup" : "group", "aria-labelledby": input["aria-labelledby"], "aria-describedby": input["aria-describedby"], "aria-label": input["aria-label"] });
    const tell = () => {
      const on = [...group.querySelectorAll("input:checked")].map((each) => each.value);
      changed(kind === "radio" ? on[0] ?? null : on);
    };
    for (const each of element.options) {
      const box = el("input", { type: kind, name, value: each.value, checked: chosen.includes(each.value), on: { change: tell } });
      group.append(el("label", {}, box, el("span", {}, text(each.text, reader), each.description && el("small", {}, text(each.description, reader)))));
    }
    return group;
  };
}

function overflow(element, value, changed, { input }) {
  const button = el("button.icon", { type: "button", "aria-haspopup": "menu", "aria-expanded": "false", ...input, "aria-label": "More" }, "⋯");
  button.addEventListener("click", () => menu(button, element.options.map((each) => ({ label: words(each.text), about: words(each.description), act: () => changed(each.value) }))));
  return button;
}

const people = (reader) => Object.entries(reader.people).filter(([, each]) => !each.deleted && each.kind !== "bot").map(([id, each]) => ({ value: id, label: each.name, about: each.title }));
const places = (reader) => reader.channels.filter((each) => each.name).map((each) => ({ value: each.id, label: `#${each.name}` }));

const MAKERS = {
  plain_text_input: written("text"),
  email_text_input: written("email"),
  url_text_input: written("url"),
  number_input: written("number"),
  datepicker: picked("date"),
  timepicker: picked("time"),
  static_select: select,
  multi_static_select: (element, value, changed, world) => severalOf(flat(element), element, value, changed, world),
  external_select: searched,
  users_select: (element, value, changed, world) => oneOf(people(world.reader), element, value, changed, world),
  multi_users_select: (element, value, changed, world) => severalOf(people(world.reader), element, value, changed, world),
  conversations_select: (element, value, changed, world) => oneOf(places(world.reader), element, value, changed, world),
  radio_buttons: boxes("radio"),
  checkboxes: boxes("checkbox"),
  overflow,
};
