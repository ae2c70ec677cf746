// Adaptive Cards for the gallery: to look at, not to act on. What is unknown shows its fallback, as in Teams.

import { chart } from "./chart.js";
import { el, link } from "./text.js";

/** A card as nodes. */
export const adaptive = (card) => [...items(card.body), actions(card.actions)];

const items = (list) => (list ?? []).filter((each) => each.isVisible !== false).map(item);

function item(each) {
  const make = MAKERS[each.type] ?? (each.type.startsWith("Input.") ? input : null);
  const node = make ? make(each) : each.fallback && each.fallback !== "drop" ? item(each.fallback) : el("p.unknown", {}, `(${each.type})`);
  if (each.separator) node.classList.add("separated");
  return node;
}

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

function input(each) {
  const label = el("span.label", {}, each.label ?? each.title ?? "");
  const kind = each.type.split(".")[1];
  let node;
  if (kind === "ChoiceSet" && each.style === "expanded") {
    node = el("span.options", {}, each.choices.map((choice) => el("span", {}, each.isMultiSelect ? "☐ " : "○ ", choice.title)));
  } else if (kind === "Toggle") return el("div.field", {}, el("span", {}, "☐ ", each.title));
  else {
    const chosen = each.choices?.find((choice) => choice.value === each.value)?.title;
    node = el(`span.fake${each.isMultiline ? ".tall" : ""}`, {}, chosen ?? each.value ?? each.placeholder ?? " ");
  }
  return el("div.field", {}, label, node);
}

function table(each) {
  const rows = each.rows.map((row, index) => el("tr", {}, row.cells.map((cell) => el(index === 0 && each.firstRowAsHeader !== false ? "th" : "td", {}, items(cell.items)))));
  return el("div.table", {}, el("table", {}, el("tbody", {}, rows)));
}

function actions(list) {
  if (!list?.length) return el("span");
  return el("div.actions", {}, list.map((each) => {
    const known = each.type.startsWith("Action.") ? each : each.fallback;
    const style = { positive: ".primary", destructive: ".danger" }[known.style] ?? "";
    if (known.type !== "Action.ShowCard") return el(`span.action${style}`, {}, known.title ?? "");
    return el("details", {}, el(`summary.action${style}`, {}, known.title ?? ""), el("div.box", {}, adaptive(known.card)));
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
  Container: (each) => el("div.box", {}, items(each.items)),
  ColumnSet: (each) => el("div.columns", {}, each.columns.map((column) => el("div.box", {}, items(column.items)))),
  ActionSet: (each) => actions(each.actions),
  Table: table,
  ProgressBar: progress,
  "Chart.Line": plotted,
  "Chart.VerticalBar": plotted,
  "Chart.VerticalBar.Grouped": plotted,
};
