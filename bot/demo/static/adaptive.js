// Adaptive Cards as DOM: every element a bot may send, clickable. What is unknown shows its fallback, as in Teams.

import { input } from "./adaptive_inputs.js";
import { chart } from "./chart.js";
import { el, link } from "./text.js";

const INERT = { typed: {}, errors: {}, search: async () => [], act() {} };

/** A card as nodes. `alive`: {typed, errors, search(input id, text), act(action, node)}; without it, to look at only. */
export const adaptive = (card, alive = INERT) => [...items(card.body, alive), actions(card.actions, alive)];

const items = (list, alive) => (list ?? []).filter((each) => each.isVisible !== false).map((each) => item(each, alive));

function item(each, alive) {
  const make = MAKERS[each.type] ?? (each.type.startsWith("Input.") ? input : null);
  const node = make ? make(each, alive) : each.fallback && each.fallback !== "drop" ? item(each.fallback, alive) : el("p.unknown", {}, `(${each.type})`);
  if (each.separator) node.classList.add("separated");
  return node;
}

/** What somebody wrote: nothing in it is markup but whom it mentions. */
export const withMentions = (source) => source.split(/(<at>[^<]*<\/at>)/).map((part) => (part.startsWith("<at>") && part.endsWith("</at>") ? el("span.mention", {}, `@${part.slice(4, -5)}`) : part));

/** Teams' Markdown: bold, italic, links; and mentions. Everything else is text. */
function markdown(source) {
  const found = source.match(/\*\*(.+?)\*\*|_(\S.*?)_(?!\w)|\[([^\]]+)\]\(([^)\s]+)\)|<at>([^<]*)<\/at>/);
  if (!found) return source ? [source] : [];
  const node = found[1] ? el("strong", {}, markdown(found[1])) : found[2] ? el("em", {}, markdown(found[2]))
    : found[5] === undefined ? link(found[4], found[3]) : el("span.mention", {}, `@${found[5]}`);
  return [source.slice(0, found.index), node, ...markdown(source.slice(found.index + found[0].length))];
}

const moment = (words) => words.replace(/\{\{(DATE|TIME)\(([^,)]+)(?:, *\w+)?\)\}\}/g, (whole, kind, at) => {
  const when = new Date(at);
  if (Number.isNaN(when.getTime())) return whole;
  return kind === "DATE" ? when.toLocaleDateString() : when.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
});

function paragraph(each) {
  const size = { Large: "large", ExtraLarge: "large", Medium: "medium", Small: "small" }[each.size] ?? "";
  const classes = [size, each.isSubtle && "subtle", each.weight === "Bolder" && "bolder", each.style === "heading" && "bolder", each.color === "Attention" && "attention"].filter(Boolean);
  return el(["p", "keep", ...classes].join("."), {}, markdown(moment(each.text ?? "")));
}

const runs = (each) => el("p.keep", {}, each.inlines.map((run) => {
  if (typeof run === "string") return run;
  const node = document.createTextNode(moment(run.text ?? ""));
  const look = [run.isSubtle && "subtle", run.color === "Attention" && "attention", { Large: "large", Medium: "medium", Small: "small" }[run.size]].filter(Boolean);
  const shown = run.weight === "Bolder" ? el("strong", {}, node) : run.italic ? el("em", {}, node) : node;
  return look.length ? el(["span", ...look].join("."), {}, shown) : shown;
}));

function table(each, alive) {
  const rows = each.rows.map((row, index) => el("tr", {}, row.cells.map((cell) => el(index === 0 && each.firstRowAsHeader !== false ? "th" : "td", {}, items(cell.items, alive)))));
  return el("div.table", {}, el("table", {}, el("tbody", {}, rows)));
}

function actions(list, alive) {
  if (!list?.length) return el("span");
  return el("div.actions", {}, list.map((each) => {
    const known = each.type.startsWith("Action.") ? each : each.fallback;
    const style = { positive: ".primary", destructive: ".danger" }[known.style] ?? "";
    if (known.type === "Action.OpenUrl") return el("span.action", {}, link(known.url, known.title));
    if (known.type === "Action.ShowCard") return el("details", {}, el(`summary.action${style}`, {}, known.title ?? ""), el("div.box", {}, adaptive(known.card, alive)));
    const submits = known.type === "Action.Submit" ? ".submits" : "";
    const node = el(`button.action${style}${submits}`, { type: "button", on: { click: () => alive.act(each, node) } }, known.title ?? "");
    return node;
  }));
}

/** Teams' charts have the same numbers as Slack's, in another order. */
function plotted(each) {
  const data = each.data.every((point) => point.values) ? each.data : [{ legend: each.title ?? "", values: each.data }];
  const categories = [...new Set(data.flatMap((series) => series.values.map((point) => point.x)))];
  const series = data.map(({ legend, values }) => ({ name: legend, data: values.map(({ x, y }) => ({ label: x, value: y })) }));
  const type = each.type === "Chart.Line" ? "line" : "bar";
  return chart({ title: each.title ?? "", chart: { type, series, axis_config: { categories, y_label: each.yAxisTitle } } });
}

function progress(each) {
  const part = Math.round((100 * (each.value ?? 0)) / (each.max ?? 100));
  return el("progress", { value: part, max: 100, "aria-label": `${part} %` });
}

const MAKERS = {
  TextBlock: paragraph,
  RichTextBlock: runs,
  FactSet: (each) => el("dl", {}, each.facts.map((fact) => [el("dt", {}, fact.title), el("dd", {}, markdown(moment(fact.value)))])),
  Image: (each) => el("span.alt", {}, `🖼 ${each.altText ?? ""}`),
  Container: (each, alive) => el("div.box", {}, items(each.items, alive)),
  ColumnSet: (each, alive) => el("div.columns", {}, each.columns.map((column) => el("div.box", {}, items(column.items, alive)))),
  ActionSet: (each, alive) => actions(each.actions, alive),
  Table: table,
  ProgressBar: progress,
  "Chart.Line": plotted,
  "Chart.VerticalBar": plotted,
  "Chart.VerticalBar.Grouped": plotted,
};
