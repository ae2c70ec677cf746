// The inputs of Adaptive Cards. What each holds is kept in `alive.typed`, as the text that Teams sends.

import { combobox } from "./combobox.js";
import { el } from "./text.js";

const FEW = 12; // choices that a plain list shows
let serial = 0;

/** An input with its label, and what is wrong with it. */
export function input(part, alive) {
  const id = `input-${++serial}`;
  const error = alive.errors[part.id];
  const held = alive.typed[part.id] ?? part.value ?? "";
  const keep = (value) => { alive.typed[part.id] = value; };
  const about = { id, "aria-required": part.isRequired ? "true" : null, "aria-invalid": error ? "true" : null, "aria-describedby": error ? `${id}-error` : null };
  const grouped = part.type === "Input.ChoiceSet" && part.style === "expanded" && !part["choices.data"];
  const name = part.label && [part.label, part.isRequired && el("small", {}, " (required)")];
  const label = name && (grouped ? el("legend.label", {}, name) : el("label.label", { for: id }, name));
  const control = part.type === "Input.ChoiceSet" ? choices(part, held, keep, alive, about) : plain(part, held, keep, about);
  return el(`${grouped ? "fieldset" : "div"}.field${error ? ".wrong" : ""}`, {}, label, control, error && el("p.error", { id: `${id}-error` }, error));
}

function plain(part, held, keep, about) {
  if (part.type === "Input.Toggle") {
    const on = part.valueOn ?? "true", off = part.valueOff ?? "false";
    const box = el("input", { type: "checkbox", ...about, checked: String(held) === on });
    box.addEventListener("change", () => keep(box.checked ? on : off));
    return el("span.options", {}, el("label", {}, box, el("span", {}, part.title)));
  }
  const kind = { "Input.Number": "number", "Input.Date": "date", "Input.Time": "time" }[part.type] ?? "text";
  const more = kind === "number" ? { min: part.min, max: part.max, step: "any" } : kind === "text" ? { maxlength: part.maxLength, placeholder: part.placeholder } : {};
  const node = part.isMultiline ? el("textarea", { rows: 4, ...about, ...more }) : el("input", { type: kind, ...about, ...more });
  node.value = held;
  node.addEventListener("input", () => keep(node.value));
  return node;
}

function choices(part, held, keep, alive, about) {
  const several = Boolean(part.isMultiSelect), searched = part["choices.data"];
  const chosen = String(held).split(several ? "," : "\u0000").filter(Boolean);
  if (part.style === "expanded" && !searched) return open(part, chosen, keep, several, about);
  const options = part.choices.map((each) => ({ value: each.value, label: each.title }));
  if (!several && !searched && options.length <= FEW) return list(options, chosen, keep, about, part);
  const search = searched && (async (text) => (await alive.search(part.id, text)).map((each) => ({ value: each.value, label: each.title })));
  return combobox({
    options, search, several, placeholder: part.placeholder ?? "", input: { ...about, "aria-label": part.label ? null : part.placeholder ?? part.id },
    chosen: options.filter((each) => chosen.includes(each.value)), changed: (picked) => keep(picked.map((each) => each.value).join(",")),
  });
}

function list(options, chosen, keep, about, part) {
  const node = el("select", { ...about, "aria-label": part.label ? null : part.placeholder ?? part.id }, el("option", { value: "" }, part.placeholder ?? "—"),
    options.map((each) => el("option", { value: each.value, selected: chosen.includes(each.value) }, each.label)));
  node.addEventListener("change", () => keep(node.value));
  return node;
}

function open(part, chosen, keep, several, about) {
  const boxes = part.choices.map((each, index) => el("input", {
    type: several ? "checkbox" : "radio", name: about.id, value: each.value, checked: chosen.includes(each.value),
    ...(index === 0 ? { id: about.id, "aria-invalid": about["aria-invalid"] } : {}),
  }));
  const told = () => keep(boxes.filter((box) => box.checked).map((box) => box.value).join(","));
  return el("span.options", { on: { change: told } }, part.choices.map((each, index) => el("label", {}, boxes[index], el("span", {}, each.title))));
}
