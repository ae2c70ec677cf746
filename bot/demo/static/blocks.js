// Block Kit as DOM: every block a bot may send, clickable.

import { chart } from "./chart.js";
import { control, held } from "./inputs.js";
import { el, rich, text } from "./text.js";

let serial = 0;

/**
 * Blocks as nodes. `world`: {reader, act(block, element, given), search(block, element, text), typed, errors}.
 * `typed` maps block_id -> action_id -> what an input holds; `state` is what the workspace last saw.
 */
export function blocks(list, world) {
  return list.map((block) => {
    const make = MAKERS[block.type];
    const node = make ? make(block, world) : el("p.unknown", {}, `(${block.type})`);
    node.classList.add("block");
    return node;
  });
}

function section(block, world) {
  const fields = block.fields && el("div.fields", {}, block.fields.map((each) => el("p", {}, text(each, world.reader))));
  const accessory = block.accessory && (block.accessory.type === "image" ? picture(block.accessory) : element(block, block.accessory, world));
  return el("div.section", {}, el("div.grow", {}, block.text && el("p", {}, text(block.text, world.reader)), fields), accessory && el("div.accessory", {}, accessory));
}

function context(block, world) {
  return el("div.context", {}, block.elements.map((each) => (each.type === "image" ? picture(each) : el("span", {}, text(each, world.reader)))));
}

function picture(image) {
  const node = el("img", { src: image.image_url, alt: image.alt_text, loading: "lazy" });
  node.addEventListener("error", () => node.replaceWith(el("span.alt", {}, `🖼 ${image.alt_text}`)));
  return node;
}

function element(block, part, world) {
  if (part.type === "button") return button(block, part, world);
  const label = part.placeholder?.text ?? block.text?.text ?? part.type;
  const state = world.state?.[block.block_id]?.[part.action_id];
  return control(part, held(part, state), (given) => world.act(block, part, given), {
    reader: world.reader,
    input: { "aria-label": label },
    search: (each, typed) => world.search(block, each, typed),
  });
}

function button(block, part, world) {
  const style = part.style ? `.${part.style}` : "";
  const node = el(`button.action${style}`, { type: "button", "aria-label": part.accessibility_label, on: { click: () => world.act(block, part, null, node) } }, text(part.text, world.reader));
  if (!part.url || !/^https?:/i.test(part.url)) return node;
  return el(`a.action${style}`, { href: part.url, target: "_blank", rel: "noopener noreferrer", on: { click: () => world.act(block, part, null) } }, text(part.text, world.reader), " ↗");
}

function input(block, world) {
  const id = `field-${++serial}`;
  const part = block.element;
  const problem = world.errors?.[block.block_id];
  const typed = world.typed?.[block.block_id];
  const value = typed && part.action_id in typed ? typed[part.action_id] : held(part, world.state?.[block.block_id]?.[part.action_id]);
  const about = [block.hint && `${id}-hint`, problem && `${id}-error`].filter(Boolean).join(" ") || null;
  const grouped = ["radio_buttons", "checkboxes"].includes(part.type);
  const changed = (given) => {
    world.type(block.block_id, part.action_id, given);
    if (block.dispatch_action) world.act(block, part, given);
  };
  const node = control(part, value, changed, {
    reader: world.reader,
    input: { id, "aria-labelledby": `${id}-label`, "aria-describedby": about, "aria-invalid": problem ? "true" : null, "aria-required": block.optional ? null : "true" },
    search: (each, typedText) => world.search(block, each, typedText),
  });
  return el(problem ? "div.field.wrong" : "div.field", {},
    el(grouped ? "span.label" : "label.label", grouped ? { id: `${id}-label` } : { id: `${id}-label`, for: id }, block.label.text, block.optional && el("small", {}, " (optional)")),
    node,
    problem && el("p.error", { id: `${id}-error` }, problem),
    block.hint && el("p.hint", { id: `${id}-hint` }, block.hint.text));
}

function cell(tag, value, reader, attributes = {}) {
  const looks = [value.type === "raw_number" && "number", attributes.class].filter(Boolean).join(" ");
  return el(tag, { ...attributes, class: looks || null }, value.type === "rich_text" ? rich(value, reader) : value.text);
}

function table(block, world) {
  const [head, ...rows] = block.rows;
  const named = block.row_header_column_index ?? 0;
  const align = (index) => ({ class: block.column_settings?.[index]?.align ?? (rows[0]?.[index]?.type === "raw_number" ? "number" : null) });
  const line = (row) => el("tr", {}, row.map((each, index) => (index === named ? cell("th", each, world.reader, { scope: "row" }) : cell("td", each, world.reader, align(index)))));
  const body = el("tbody");
  const size = block.type === "data_table" ? block.page_size ?? 5 : rows.length;
  const more = el("button.quiet", { type: "button", on: { click: () => show(body.children.length + size) } });
  const show = (count) => {
    body.replaceChildren(...rows.slice(0, count).map(line));
    more.hidden = count >= rows.length;
    more.textContent = `Show more (${rows.length - count})`;
  };
  show(size);
  return el("div.table", { tabindex: "0", role: "region", "aria-label": block.caption ?? "Table" },
    el("table", {}, block.caption && el("caption", {}, block.caption), el("thead", {}, el("tr", {}, head.map((each, index) => cell("th", each, world.reader, { scope: "col", ...align(index) })))), body), more);
}

const MAKERS = {
  section,
  context,
  input,
  table,
  data_table: table,
  data_visualization: chart,
  header: (block, { reader }) => el("h3", {}, text(block.text, reader)),
  divider: () => el("hr"),
  actions: (block, world) => el("div.actions", {}, block.elements.map((part) => element(block, part, world))),
  image: (block) => el("figure.image", {}, block.title && el("figcaption", {}, block.title.text), picture(block)),
  rich_text: (block, { reader }) => el("div.rich", {}, rich(block, reader)),
  markdown: (block) => el("div.rich", {}, el("p.keep", {}, block.text)),
};
