// A data_visualization block as inline SVG: lines, areas and bars, with a legend and a table for screen readers.

import { el } from "./text.js";

const HEIGHT = 240, LEFT = 40, RIGHT = 14, TOP = 12, BOTTOM = 30;
const SVG = "http://www.w3.org/2000/svg";

function svg(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  node.append(...children);
  return node;
}

/** The whole chart: a figure with its title, legend, drawing and numbers. */
export function chart(block) {
  const series = block.chart.series ?? [];
  const labels = block.chart.axis_config?.categories ?? series[0]?.data.map((point) => point.label) ?? [];
  const several = series.length > 1;
  const legend = several && el("ul.legend", { "aria-hidden": "true" }, series.map((each, index) => el("li", {}, el(`i.key.s${index % 6}`), each.name)));
  const canvas = el("div.canvas");
  new ResizeObserver(() => {
    if (canvas.clientWidth) canvas.replaceChildren(drawing(block, series, labels, canvas.clientWidth));
  }).observe(canvas);
  return el("figure.chart", {},
    el("figcaption", {}, block.title, block.chart.axis_config?.y_label && el("small", {}, ` ${block.chart.axis_config.y_label}`)),
    legend,
    canvas,
    numbers(block, series, labels));
}

function drawing(block, series, labels, width) {
  const ticks = scale(series.flatMap((each) => each.data.map((point) => point.value)), block.chart.type);
  const [low, high] = [ticks[0], ticks.at(-1)];
  const y = (value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - (value - low) / (high - low || 1));
  const step = (width - LEFT - RIGHT) / Math.max(labels.length, 1);
  const x = (index) => LEFT + step * (index + 0.5);
  const over = (point) => x(labels.indexOf(point.label)); // a series may have no number for some of them
  const root = svg("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": block.title });
  for (const tick of ticks) {
    root.append(svg("line", { class: "grid", x1: LEFT, x2: width - RIGHT, y1: y(tick), y2: y(tick) }));
    root.append(svg("text", { class: "tick end", x: LEFT - 8, y: y(tick) + 4 }, String(tick)));
  }
  const longest = Math.max(...labels.map((label) => label.length), 1) * 7 + 10;
  const every = Math.ceil(longest / step);
  labels.forEach((label, index) => {
    if (index % every === 0) root.append(svg("text", { class: "tick middle", x: x(index), y: HEIGHT - 10 }, label));
  });
  series.forEach((each, index) => {
    if (block.chart.type === "bar") bars(root, each, index, series.length, { over, y, step, low });
    else lines(root, each, index, block.chart.type, { over, y, low });
  });
  return root;
}

function lines(root, each, index, kind, { over, y, low }) {
  const points = each.data.map((point) => `${over(point).toFixed(1)},${y(point.value).toFixed(1)}`);
  if (kind === "area") {
    const [first, last] = [over(each.data[0]), over(each.data.at(-1))];
    root.append(svg("polygon", { class: `area s${index % 6}`, points: [`${first},${y(low)}`, ...points, `${last},${y(low)}`].join(" ") }));
  }
  root.append(svg("polyline", { class: `line s${index % 6}`, points: points.join(" ") }));
  each.data.forEach((point) => {
    root.append(svg("circle", { class: `point s${index % 6}`, cx: over(point), cy: y(point.value), r: 3.5 },
      svg("title", {}, `${each.name}, ${point.label}: ${point.value}`)));
  });
}

function bars(root, each, index, count, { over, y, step, low }) {
  const wide = Math.min((step * 0.7) / count, 44);
  const base = y(Math.max(low, 0));
  each.data.forEach((point) => {
    const left = over(point) - (wide * count) / 2 + wide * index;
    const top = Math.min(y(point.value), base);
    root.append(svg("rect", { class: `bar s${index % 6}`, x: left + 1, y: top, width: Math.max(wide - 2, 2), height: Math.max(Math.abs(base - y(point.value)), 1), rx: 2 },
      svg("title", {}, `${each.name}, ${point.label}: ${point.value}`)));
  });
}

/** Four or five round numbers that hold every value; bars start at zero. */
function scale(values, kind) {
  let low = Math.min(...values, kind === "line" ? Infinity : 0);
  let high = Math.max(...values, kind === "line" ? -Infinity : 0);
  if (!Number.isFinite(low)) [low, high] = [0, 1];
  if (low === high) [low, high] = [low - 1, high + 1];
  const rough = (high - low) / 4;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((each) => each * size).find((each) => each >= rough);
  const ticks = [];
  for (let tick = Math.floor(low / step) * step; tick < high + step * 0.999; tick += step) ticks.push(Number(tick.toFixed(6)));
  return ticks;
}

function numbers(block, series, labels) {
  const head = el("tr", {}, el("td"), labels.map((label) => el("th", { scope: "col" }, label)));
  const rows = series.map((each) => el("tr", {}, el("th", { scope: "row" }, each.name), labels.map((label) => el("td", {}, String(each.data.find((point) => point.label === label)?.value ?? "")))));
  return el("table.unseen", {}, el("caption", {}, block.title), el("thead", {}, head), el("tbody", {}, rows));
}
