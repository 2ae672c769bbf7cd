import { useMemo } from "react";
import type { JsonObject } from "~/data/json";
import { type TypeGraphData, type TypeNode, typeGraphOf } from "~/data/typegraph";

const WIDTH = 210;
const GAP_X = 56;
const GAP_Y = 16;
const LINE = 16;
const HEAD = 30;

interface Placed extends TypeNode {
  x: number;
  y: number;
  height: number;
}

/** A picture of the types that a definition makes, and of the kinds that it names. */
export function TypeGraph({ spec }: { spec: JsonObject }) {
  const graph = useMemo(() => typeGraphOf(spec), [spec]);
  const { nodes, width, height } = useMemo(() => place(graph), [graph]);
  const byId = new Map(nodes.map(node => [node.id, node]));
  const label = `Types of ${String(spec["kind"])}: ${nodes.map(node => node.title).join(", ")}`.slice(0, 500);
  return (
    <div className="graph" tabIndex={0} role="region" aria-label="Type graph">
      <svg width={width} height={height} role="img" aria-label={label}>
        {graph.edges.map(({ from, to, label: text }) => {
          const [a, b] = [byId.get(from), byId.get(to)];
          return a && b && <Edge key={`${from}>${to}>${text}`} a={a} b={b} text={text} />;
        })}
        {nodes.map(node => (
          <Box key={node.id} node={node} />
        ))}
      </svg>
      {graph.isCut && <p className="muted">The first types are drawn; there are more.</p>}
    </div>
  );
}

function Box({ node }: { node: Placed }) {
  return (
    <g
      transform={`translate(${node.x} ${node.y})`}
      className={node.isKind ? "graph-node kind" : "graph-node"}
    >
      <rect width={WIDTH} height={node.height} rx={8} />
      <text x={10} y={20} className="graph-title">
        {cut(node.title, 26)}
      </text>
      {node.fields.map((field, index) => (
        <text key={field} x={10} y={HEAD + 8 + index * LINE} className="graph-field">
          {cut(field, 30)}
        </text>
      ))}
      {node.hidden > 0 && (
        <text x={10} y={HEAD + 8 + node.fields.length * LINE} className="graph-field">
          and {node.hidden} more
        </text>
      )}
    </g>
  );
}

function Edge({ a, b, text }: { a: Placed; b: Placed; text: string }) {
  const [x1, y1] = [a.x + WIDTH, a.y + HEAD / 2];
  const [x2, y2] = [b.x, b.y + HEAD / 2];
  const middle = (x1 + x2) / 2;
  return (
    <g className={b.isKind ? "graph-edge kind" : "graph-edge"}>
      <path d={`M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`} />
      {text && (
        <text x={x2 - 6} y={y2 - 5} textAnchor="end">
          {cut(text, 14)}
        </text>
      )}
    </g>
  );
}

/** Puts types into columns by their depth, each below the one before it. */
function place({ nodes }: TypeGraphData): { nodes: Placed[]; width: number; height: number } {
  const bottoms: number[] = [];
  const placed = nodes.map(node => {
    const lines = node.fields.length + (node.hidden > 0 ? 1 : 0);
    const height = HEAD + (lines ? lines * LINE + 6 : 0);
    const y = bottoms[node.level] ?? GAP_Y;
    bottoms[node.level] = y + height + GAP_Y;
    return { ...node, x: GAP_Y + node.level * (WIDTH + GAP_X), y, height };
  });
  const levels = Math.max(0, ...nodes.map(({ level }) => level)) + 1;
  return { nodes: placed, width: levels * (WIDTH + GAP_X), height: Math.max(60, ...bottoms.filter(Boolean)) };
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
