// Slack's text as DOM nodes. Whatever a message contains reaches the page through textContent alone.

const EMOJI = {
  wave: "👋", tada: "🎉", heart: "❤️", white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", warning: "⚠️",
  eyes: "👀", calendar: "📅", clock3: "🕒", bell: "🔔", no_bell: "🔕", seedling: "🌱", sunrise: "🌅", sunny: "☀️",
  rocket: "🚀", raised_hands: "🙌", pray: "🙏", thumbsup: "👍", "+1": "👍", "-1": "👎", construction: "🚧",
  rotating_light: "🚨", red_circle: "🔴", large_yellow_circle: "🟡", large_green_circle: "🟢", large_blue_circle: "🔵",
  white_circle: "⚪", memo: "📝", bar_chart: "📊", chart_with_upwards_trend: "📈", speech_balloon: "💬",
  hourglass: "⌛", star: "⭐", sparkles: "✨", lock: "🔒", bulb: "💡", palm_tree: "🌴", house: "🏠", globe_with_meridians: "🌐",
};
const DATES = {
  date_num: { year: "numeric", month: "2-digit", day: "2-digit" },
  date: { year: "numeric", month: "long", day: "numeric" },
  date_short: { year: "numeric", month: "short", day: "numeric" },
  date_long: { year: "numeric", month: "long", day: "numeric", weekday: "long" },
  date_pretty: { year: "numeric", month: "long", day: "numeric" },
  date_short_pretty: { year: "numeric", month: "short", day: "numeric" },
  time: { hour: "numeric", minute: "2-digit" },
  time_secs: { hour: "numeric", minute: "2-digit", second: "2-digit" },
};

/** An element with a class, attributes and children; strings become text nodes. */
export function el(name, attributes = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const node = document.createElement(tag || "div");
  if (classes.length) node.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "on") for (const [event, handler] of Object.entries(value)) node.addEventListener(event, handler);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(key, String(value));
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** An instant (Unix seconds) in Slack's date tokens, in the reader's zone. */
export function date(stamp, format, reader) {
  return format.replace(/\{(\w+)\}/g, (whole, token) =>
    DATES[token] ? new Intl.DateTimeFormat(reader.locale, { ...DATES[token], timeZone: reader.tz }).format(stamp * 1000) : whole);
}

const emoji = (text) => text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => EMOJI[name] ?? whole);
const unescaped = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/** A plain_text or mrkdwn object as nodes. `reader` knows people, channels, locale and zone. */
export function text(object, reader) {
  if (!object) return [];
  return object.type === "mrkdwn" ? mrkdwn(object.text, reader) : [el("span.keep", {}, emoji(object.text))];
}

/** Slack's mrkdwn: references, bold, italic, strike, code, quotes. */
export function mrkdwn(source, reader) {
  const nodes = [];
  for (const part of source.split(/(```[\s\S]+?```)/)) {
    if (part.startsWith("```") && part.length > 6) nodes.push(el("pre", {}, unescaped(part.slice(3, -3))));
    else nodes.push(...lines(part, reader));
  }
  return nodes;
}

function lines(source, reader) {
  const nodes = [];
  source.split("\n").forEach((line, index) => {
    const quote = line.match(/^&gt; ?(.*)$/);
    if (index && !quote) nodes.push(el("br"));
    if (quote) nodes.push(el("blockquote", {}, ...inline(quote[1], reader)));
    else nodes.push(...inline(line, reader));
  });
  return nodes;
}

const MARKS = { "*": "strong", _: "em", "~": "s" };

function inline(source, reader) {
  const found = source.match(/`([^`\n]+)`|<([^<>]+)>|(?<![\w*])\*(?=\S)(.+?)(?<=\S)\*(?!\w)|(?<!\w)_(?=\S)(.+?)(?<=\S)_(?!\w)|(?<!\w)~(?=\S)(.+?)(?<=\S)~(?!\w)/);
  if (!found) return source ? [emoji(unescaped(source))] : [];
  const before = source.slice(0, found.index);
  const after = source.slice(found.index + found[0].length);
  let node;
  if (found[1] !== undefined) node = el("code", {}, unescaped(found[1]));
  else if (found[2] !== undefined) node = reference(found[2], reader);
  else node = el(MARKS[found[0][0]], {}, ...inline(found[3] ?? found[4] ?? found[5], reader));
  return [...(before ? [emoji(unescaped(before))] : []), node, ...inline(after, reader)];
}

function reference(inner, reader) {
  const [target, label] = [inner.split("|")[0], inner.split("|").slice(1).join("|")];
  if (target.startsWith("@")) return mention("@" + reader.person(target.slice(1)), target.slice(1) === reader.id);
  if (target.startsWith("#")) return mention("#" + (label || reader.channel(target.slice(1))));
  if (target.startsWith("!date^")) {
    const [, stamp, format] = target.split("^");
    return el("time", {}, date(Number(stamp), unescaped(format), reader));
  }
  if (target.startsWith("!")) return mention("@" + target.slice(1));
  return link(unescaped(target), unescaped(label || target));
}

const mention = (words, mine = false) => el(mine ? "span.mention.mine" : "span.mention", {}, words);

/** A link that opens elsewhere, only for http(s) and mailto; anything else stays text. */
export function link(url, label) {
  if (!/^(https?|mailto):/i.test(url)) return document.createTextNode(label);
  return el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label);
}

/** A rich_text block. */
export function rich(block, reader) {
  return block.elements.map((part) => {
    const kind = part.type.replace("rich_text_", "");
    if (kind === "list") {
      return el(part.style === "ordered" ? "ol" : "ul", {}, part.elements.map((item) => el("li", {}, leaves(item.elements, reader))));
    }
    const tag = { quote: "blockquote", preformatted: "pre" }[kind] ?? "p";
    return el(`${tag}.keep`, {}, leaves(part.elements, reader));
  });
}

function leaves(elements, reader) {
  return elements.map((leaf) => {
    let node = plainLeaf(leaf, reader);
    for (const [style, tag] of [["bold", "strong"], ["italic", "em"], ["strike", "s"], ["code", "code"]]) {
      if (leaf.style?.[style]) node = el(tag, {}, node);
    }
    return node;
  });
}

function plainLeaf(leaf, reader) {
  switch (leaf.type) {
    case "user": return mention("@" + reader.person(leaf.user_id), leaf.user_id === reader.id);
    case "channel": return mention("#" + reader.channel(leaf.channel_id));
    case "broadcast": return mention("@" + leaf.range);
    case "link": return link(leaf.url, leaf.text || leaf.url);
    case "emoji": return document.createTextNode(EMOJI[leaf.name] ?? `:${leaf.name}:`);
    case "date": return el("time", {}, date(leaf.timestamp, leaf.format, reader));
    default: return document.createTextNode(leaf.text ?? "");
  }
}
