import { encode } from 'uqr';

const SVG = 'http://www.w3.org/2000/svg';
/** Scanners ask for four modules of quiet around the code. */
const QUIET = 4;

/** Drawn here, so that the secret goes to nobody else. Dark on white in either theme: scanners expect that. */
export function qrCode(text: string, label: string): SVGElement {
  const { data, size } = encode(text, { ecc: 'M', border: 0 });
  const svg = document.createElementNS(SVG, 'svg');
  const whole = size + QUIET * 2;
  for (const [name, value] of Object.entries({ class: 'qr', viewBox: `0 0 ${whole} ${whole}`, role: 'img', 'aria-label': label, 'shape-rendering': 'crispEdges' })) svg.setAttribute(name, value);
  const paper = document.createElementNS(SVG, 'rect');
  for (const [name, value] of Object.entries({ width: String(whole), height: String(whole), fill: '#fff' })) paper.setAttribute(name, value);
  const ink = document.createElementNS(SVG, 'path');
  const squares = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x + QUIET} ${y + QUIET}h1v1h-1z` : '')));
  ink.setAttribute('d', squares.join(''));
  ink.setAttribute('fill', '#000');
  svg.append(paper, ink);
  return svg;
}
