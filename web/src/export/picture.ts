/** A part of the page as a picture: its canvases, drawings and words as one SVG, and that as PNG. */

const PAINT = [
  "fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-linecap", "opacity",
  "font-family", "font-size", "font-weight", "font-style", "text-anchor", "dominant-baseline", "paint-order",
  "marker-end", "marker-start", "visibility", "display", "vector-effect", "color",
];
const SVG = "http://www.w3.org/2000/svg";

/** The picture of an element as it is now, on its background. */
export function asSVG(element: Element): { text: string; width: number; height: number } {
  const box = element.getBoundingClientRect();
  const [width, height] = [Math.ceil(box.width), Math.ceil(box.height)];
  const root = document.createElementNS(SVG, "svg");
  const set = (node: Element, values: Values) => {
    for (const [name, value] of Object.entries(values)) node.setAttribute(name, `${value}`);
    return node;
  };
  const make = (name: string, values: Values) => set(document.createElementNS(SVG, name), values);
  set(root, { xmlns: SVG, width, height, viewBox: `0 0 ${width} ${height}` });
  root.append(make("rect", { width, height, fill: backgroundOf(element) }));
  const place = (part: DOMRect) => ({ x: part.left - box.left, y: part.top - box.top, width: part.width, height: part.height });

  const parts = document.createTreeWalker(element, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, (node) => {
    if (node.parentElement?.closest("svg") && element.contains(node.parentElement.closest("svg"))) return NodeFilter.FILTER_REJECT;
    return NodeFilter.FILTER_ACCEPT;
  });
  for (let node: Node | null = parts.currentNode; node; node = parts.nextNode()) {
    if (node instanceof HTMLCanvasElement && node.width && node.height) {
      const style = `image-rendering:${getComputedStyle(node).imageRendering}`;
      root.append(make("image", { ...place(node.getBoundingClientRect()), href: node.toDataURL(), preserveAspectRatio: "none", style }));
    } else if (node instanceof SVGSVGElement) {
      root.append(set(painted(node), place(node.getBoundingClientRect())));
    } else if (node instanceof HTMLSelectElement) {
      root.append(...words(node.selectedOptions[0]?.text ?? "", node, node.getBoundingClientRect(), make, box));
    } else if (node instanceof HTMLInputElement && node.type === "text" && isShown(node)) {
      root.append(...words(node.value, node, node.getBoundingClientRect(), make, box));
    } else if (node instanceof HTMLElement && !node.hasChildNodes() && isShown(node)) {
      root.append(...dot(node, place(node.getBoundingClientRect()), make));
    } else if (node instanceof Text && isRead(node)) {
      const range = document.createRange();
      range.selectNodeContents(node);
      root.append(...words(node.data, node.parentElement!, range.getBoundingClientRect(), make, box));
    }
  }
  return { text: new XMLSerializer().serializeToString(root), width, height };
}

type Values = { [name: string]: string | number };
type Make = (name: string, values: Values) => Element;

/** An element that is nothing but its colour, such as a bias at a unit's corner. */
function dot(element: HTMLElement, { x, y, width, height }: { x: number; y: number; width: number; height: number }, make: Make): Element[] {
  const { backgroundColor: fill, borderTopWidth, borderTopColor: stroke, borderTopLeftRadius } = getComputedStyle(element);
  const edge = parseFloat(borderTopWidth);
  if (!width || !height || isClear(fill)) return [];
  const round = borderTopLeftRadius.endsWith("%") ? (width * parseFloat(borderTopLeftRadius)) / 100 : parseFloat(borderTopLeftRadius);
  return [make("rect", { x: x + edge / 2, y: y + edge / 2, width: width - edge, height: height - edge, rx: round, fill, stroke, "stroke-width": edge })];
}

/** A copy of a drawing that carries its own colours, lines and letters. */
function painted(drawing: SVGSVGElement): SVGSVGElement {
  const copy = drawing.cloneNode(true) as SVGSVGElement;
  const originals = [drawing, ...drawing.querySelectorAll<SVGElement>("*")];
  [copy, ...copy.querySelectorAll<SVGElement>("*")].forEach((node, i) => {
    const style = getComputedStyle(originals[i]);
    node.setAttribute("style", PAINT.map((name) => `${name}:${style.getPropertyValue(name)}`).join(";"));
    for (const name of ["class", "tabindex"]) node.removeAttribute(name);
  });
  return copy;
}

/** Whether an element is seen, and not only when a reader opens more. */
const isShown = (element: Element): boolean => element.checkVisibility() && !element.closest("details");

/** Whether a text is part of a picture: seen, and no control's. */
function isRead(text: Text): boolean {
  const around = text.parentElement;
  return !!text.data.trim() && !!around?.checkVisibility() && !around.closest(".unseen, button, select, input, label, details");
}

/** A text of the page as an SVG's, where it stands. */
function words(
  text: string,
  around: Element,
  place: DOMRect,
  make: Make,
  box: DOMRect,
): Element[] {
  if (!place.width) return [];
  const style = getComputedStyle(around);
  const size = parseFloat(style.fontSize);
  const line = make("text", {
    x: place.left + place.width / 2 - box.left,
    y: place.top + place.height / 2 + 0.35 * size - box.top,
    "text-anchor": "middle",
    "font-family": style.fontFamily,
    "font-size": size,
    "font-weight": style.fontWeight,
    fill: style.color,
  });
  line.textContent = text.replace(/\s+/g, " ").trim();
  return [line];
}

const isClear = (colour: string): boolean => /^rgba\(.*, 0\)$|^transparent$/.test(colour);

/** The first colour behind an element that is not transparent. */
function backgroundOf(element: Element | null): string {
  for (let at = element; at; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor;
    if (!isClear(colour)) return colour;
  }
  return "#ffffff";
}

/** The picture in pixels, `scale` to one of the screen's. */
export async function asPNG(element: Element, scale = 2): Promise<Blob> {
  const { text, width, height } = asSVG(element);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: width * scale, height: height * scale });
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((give, fail) =>
    canvas.toBlob((blob) => (blob ? give(blob) : fail(new Error("The browser made no picture."))), "image/png"),
  );
}
