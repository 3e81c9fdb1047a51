// Search as one types, in the dialog of every page and on the search page. The index is a script that is loaded when
// somebody first looks for something, so that it works from the disk; tools/sphinx_ext/site_search.py writes it.
{
const AT_MOST = 20, PER_PAGE = 3, SNIPPET = 200;
const root = document.documentElement.dataset.content_root ?? "./";
const GREEK = {α: "alpha", β: "beta", γ: "gamma", δ: "delta", ε: "epsilon", η: "eta", κ: "kappa", λ: "lambda", π: "pi", ρ: "rho", σ: "sigma", τ: "tau"};
const IDLE = new Set(("a about an and are as at be by can do does for from get give given has have how i if in is it its keep keeps mean " +
  "my of on or should that the their them there this to use used using was we what when where which who why will with you your").split(" "));
const CJK = /[\u3400-\u9fff]/;

const plain = text => text.normalize("NFKD").replace(/[\u200b\p{M}]/gu, "").toLowerCase();
const stem = word => word.length < 4 || /(ss|us|is)$/.test(word) ? word
  : word.replace(/ies$/, "y").replace(/(x|z|ch|sh|ss)es$/, "$1").replace(/s$/, "");
const tokens = text => (plain(text).match(/\d+\.\d+|[\u3400-\u9fff]+|[^\P{L}\u3400-\u9fff]+|\d+/gu) ?? [])
  .flatMap(word => CJK.test(word) && word.length > 1 ? [...word.slice(1)].map((sign, i) => word[i] + sign) : [GREEK[word] ?? stem(word)]);

const script = address => new Promise((done, failed) =>
  document.head.append(Object.assign(document.createElement("script"), {src: root + "_static/" + address, onload: done, onerror: failed})));
let loading;
const engine = () => loading ??= Promise.all([script("vendor/minisearch/minisearch.min.js"), script("search_index.js")]).then(() => {
  const {pages, places, synonyms, chinese} = window.lossbookIndex;
  const mini = new MiniSearch({
    fields: ["title", "page", "text", "code"], tokenize: tokens, processTerm: term => term,
    extractField: (place, field) => field === "id" ? place.id : field === "page" ? pages[place[0]][1]
      : place[{title: 2, text: 3, code: 4}[field]],
  });
  places.forEach((place, id) => { place.id = id; place.words = ` ${tokens(place[2]).join(" ")} | ${tokens(place[3]).join(" ")} `; });
  mini.addAll(places);
  return {mini, pages, places, synonyms: Object.entries(synonyms).map(([said, meant]) => [tokens(said), meant]), chinese: Object.entries(chinese)};
});

// What else the words may mean: the English of Chinese terms, and what the book calls what readers call otherwise.
function meanings({synonyms, chinese}, query) {
  const squeezed = plain(query).replace(/\s/g, "");
  const alike = said => synonyms.filter(([word]) => ` ${tokens(said).join(" ")} `.includes(` ${word.join(" ")} `)).flatMap(([, meant]) => meant);
  const runs = squeezed.match(/[\u3400-\u9fff]+/g) ?? [];
  let best = [];
  for (const [name, term] of chinese) {
    const key = plain(name).replace(/\s/g, "");
    if (squeezed.includes(key)) best.push([key.length, term]);
    else if (runs.some(run => run.length > 1 && key.includes(run))) best.push([0.5, term]);
  }
  best.sort((a, b) => b[0] - a[0]);
  const terms = best.filter(([size]) => size === best[0][0]).map(([, term]) => term);
  return [...new Set([query, ...terms].flatMap(alike).concat(terms))];
}

const phraseIn = (words, list) => list.length > 1 && words.includes(` ${list.join(" ")}`);
function find(index, query) {
  const {mini, pages, places} = index;
  const all = tokens(query), told = all.filter(word => !IDLE.has(word)), list = told.length ? told : all;
  if (!list.length) return {list, found: []};
  const sought = /\w_\w/.test(query) ? plain(query.trim()) : null;  // a function's own name
  const others = meanings(index, query).map(tokens);
  const scores = new Map();
  const options = {boost: {title: 3, page: 1.5, code: 0.5}, prefix: word => word.length > 2, weights: {prefix: 0.4, fuzzy: 0.2}};
  const add = (list, factor, how) => {
    for (const hit of mini.search(list.join(" "), {...options, ...how})) {
      const place = places[hit.id];
      let score = hit.score / list.length * factor * pages[place[0]][3] * place[5];
      if (phraseIn(place.words, list)) score *= 1.6;
      if (place.words.startsWith(` ${list.join(" ")}`)) score *= 1.5;
      if (place.words.startsWith(` ${list.join(" ")} | `)) score *= 1.5;
      if (plain(place[2]) === sought) score *= 4;
      scores.set(hit.id, Math.max(scores.get(hit.id) ?? 0, score));
    }
  };
  add(list, 1, {combineWith: "AND"});
  for (const other of others) add(other, 1.2, {combineWith: "AND"});
  if (scores.size < 3 && list.length > 1) add(list, 0.2, {combineWith: "OR"});
  if (!scores.size) add(list, 0.2, {combineWith: "AND", fuzzy: 0.2});
  const taken = {};
  const found = [...scores].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([id]) => places[id])
    .filter(place => (taken[place[0]] = (taken[place[0]] ?? 0) + 1) <= PER_PAGE).slice(0, AT_MOST);
  return {list: [...list, ...others.flat()], found};
}

// Pieces of a text, those marked that begin with one of the words.
function marked(text, list) {
  const parts = document.createDocumentFragment();
  for (const piece of text.split(/([^\P{L}\u3400-\u9fff]+|[\u3400-\u9fff]+)/u)) {
    const [word] = tokens(piece), hit = word && !IDLE.has(word) && list.some(one => word.startsWith(one) || CJK.test(piece) && tokens(piece).includes(one));
    parts.append(hit ? Object.assign(document.createElement("mark"), {textContent: piece}) : piece);
  }
  return parts;
}
// The passage with most of the words, from the beginning of a sentence if there is one near.
function passage(text, list) {
  if (text.length <= SNIPPET) return text;
  const starts = [0, ...[...text.matchAll(/[.:?!] (?=\p{Lu})/gu)].map(match => match.index + 2)];
  const worth = start => { const words = tokens(text.slice(start, start + SNIPPET)); return list.filter(one => words.some(word => word.startsWith(one))).length; };
  let best = starts[0], most = worth(best);
  for (const start of starts) { const value = worth(start); if (value > most) [best, most] = [start, value]; }
  if (!most) {
    const at = plain(text).search(new RegExp(list.map(one => one.replace(".", "\\.")).join("|") || "$^", "u"));
    if (at > SNIPPET / 2) best = text.indexOf(" ", at - SNIPPET / 2) + 1;
  }
  const piece = text.slice(best, best + SNIPPET);
  return (best && !starts.includes(best) ? "… " : "") + (best + SNIPPET < text.length ? piece.replace(/\s\S*$/, "") + " …" : piece);
}

const element = (name, className, ...inside) => { const made = document.createElement(name); made.className = className; made.append(...inside); return made; };
function row({pages}, place, list) {
  const [address, title, kind] = pages[place[0]];
  const link = element("a", "", marked(place[2], list));
  link.href = root + address + (place[1] && "#" + place[1]);
  const where = place[1] ? `${kind} · ${title}` : kind;
  return element("li", "", link, element("span", "lb-where", where), element("p", "", marked(passage(place[3], list), list)));
}

let asked = 0;
async function show(query, box) {
  const turn = ++asked;
  const [status, results] = box.children;
  if (!query.trim()) { status.textContent = ""; results.replaceChildren(); return; }
  let index;
  try { index = await engine(); } catch { status.textContent = "The index of the search could not be loaded."; return; }
  if (turn !== asked) return;
  const {found, list} = find(index, query);
  status.textContent = found.length ? `${found.length === AT_MOST ? "The first " : ""}${found.length} places found` : `Nothing found for “${query.trim()}”`;
  results.replaceChildren(...found.map(place => row(index, place, list)));
}

// The arrows lead from the field through the results and back.
function walk(event, box, field) {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const stops = [field, ...box.querySelectorAll("a")], at = stops.indexOf(document.activeElement);
  const next = stops[at + (event.key === "ArrowDown" ? 1 : -1)];
  if (at >= 0 && next) { event.preventDefault(); next.focus(); }
}

const page = document.querySelector("#search-results"), dialog = document.querySelector("#pst-search-dialog");
const boxes = [page, dialog].filter(Boolean).map(host => {
  const status = element("p", "lb-found");
  status.setAttribute("role", "status");
  const box = element("div", "lb-results", status, element("ol", ""));
  host.append(box);
  const field = (host === page ? host.parentElement : host).querySelector("form.bd-search input");
  field.addEventListener("input", () => show(field.value, box));
  (host === page ? host.parentElement : host).addEventListener("keydown", event => walk(event, box, field));
  field.addEventListener("focus", () => engine().catch(() => null), {once: true});
  return [host, box, field];
});
for (const [host, box, field] of boxes) {
  if (host !== page) continue;
  field.value = new URLSearchParams(location.search).get("q") ?? "";
  show(field.value, box);
  field.addEventListener("input", () => history.replaceState(null, "", "?q=" + encodeURIComponent(field.value)));
  field.form.addEventListener("submit", event => { event.preventDefault(); show(field.value, box); });
}
}
