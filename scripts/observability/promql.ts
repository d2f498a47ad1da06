import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

/** Labels of series; undefined is any, where they are not known. */
export type LabelSet = ReadonlySet<string> | undefined;

export interface Matcher {
  label: string;
  operator: '=' | '!=' | '=~' | '!~';
  value: string;
}

/** What a query asks for by name. */
export interface Selector {
  name: string;
  matchers: readonly Matcher[];
}

export interface Reading {
  selectors: readonly Selector[];
  /** Of the series that come out. */
  labels: LabelSet;
  /** What cannot be read, and labels that are named but that no series there has. */
  problems: readonly string[];
}

/**
 * Reads a query as Prometheus' own grammar has it, and follows the labels through it.
 * @param labelsOf labels of the series of a name
 */
export const readQuery = (text: string, labelsOf: (name: string) => LabelSet): Reading =>
  new QueryReader(text, labelsOf).read();

const NONE: LabelSet = new Set();
/** Aggregations that pass series on as they are. */
const CHOOSING: readonly string[] = ['Topk', 'Bottomk', 'LimitK', 'LimitRatio'];
/** Functions of buckets: what comes out is no bucket. */
const OF_BUCKETS: readonly string[] = ['HistogramQuantile', 'HistogramQuantiles', 'HistogramFraction'];
const SCALARS: readonly string[] = ['Time', 'Scalar', 'Pi', 'Vector'];

class QueryReader {
  readonly #text: string;
  readonly #labelsOf: (name: string) => LabelSet;
  readonly #selectors: Selector[] = [];
  readonly #problems: string[] = [];

  constructor(text: string, labelsOf: (name: string) => LabelSet) {
    this.#text = text;
    this.#labelsOf = labelsOf;
  }

  read(): Reading {
    const tree = parser.parse(this.#text);
    let broken = false;
    tree.iterate({
      enter: (node) => {
        if (!node.type.isError || broken) return;
        broken = true;
        const rest = this.#text.slice(node.from, node.from + 30);
        this.#problems.push(`is no PromQL at "${rest}" (character ${node.from + 1})`);
      },
    });
    const labels = broken ? undefined : this.#labels(tree.topNode);
    return { selectors: this.#selectors, labels, problems: this.#problems };
  }

  #labels(node: SyntaxNode): LabelSet {
    switch (node.name) {
      case 'VectorSelector':
        return this.#selector(node);
      case 'AggregateExpr':
        return this.#aggregation(node);
      case 'BinaryExpr':
        return this.#binary(node);
      case 'FunctionCall':
        return this.#call(node);
      default:
        return union(expressionsOf(node).map((child) => this.#labels(child)));
    }
  }

  #selector(node: SyntaxNode): LabelSet {
    const list = node.getChild('LabelMatchers');
    const matchers = [
      ...(list?.getChildren('UnquotedLabelMatcher') ?? []),
      ...(list?.getChildren('QuotedLabelMatcher') ?? []),
    ].map((matcher) => this.#matcher(matcher));
    const identifier = node.getChild('Identifier');
    const quoted = list?.getChild('QuotedLabelName');
    const name = identifier
      ? this.#textOf(identifier)
      : quoted
        ? this.#unquoted(quoted)
        : matchers.find(({ label, operator }) => label === '__name__' && operator === '=')?.value;
    if (name === undefined) {
      this.#problems.push(`names no metric in "${this.#textOf(node)}"`);
      return undefined;
    }
    this.#selectors.push({ name, matchers: matchers.filter(({ label }) => label !== '__name__') });
    return this.#labelsOf(name);
  }

  #matcher(node: SyntaxNode): Matcher {
    const label = node.getChild('LabelName') ?? node.getChild('QuotedLabelName');
    return {
      label: this.#unquoted(label!),
      operator: this.#textOf(node.getChild('MatchOp')!) as Matcher['operator'],
      value: this.#unquoted(node.getChild('StringLiteral')!),
    };
  }

  #aggregation(node: SyntaxNode): LabelSet {
    const operation = node.getChild('AggregateOp')!.firstChild!.name;
    const body = expressionsOf(node.getChild('FunctionCallBody')!);
    const inner = union(body.map((child) => this.#labels(child)));
    const modifier = node.getChild('AggregateModifier');
    const named = this.#grouping(modifier);
    const without = modifier?.getChild('Without') != null;
    this.#mustHave(named, inner, without ? 'without' : 'by');
    if (CHOOSING.includes(operation)) return inner;
    const kept = without ? minus(inner, named) : new Set(named);
    if (operation !== 'CountValues') return kept;
    return union([kept, new Set([this.#unquoted(body[0]!)])]);
  }

  #binary(node: SyntaxNode): LabelSet {
    const [leftNode, rightNode] = expressionsOf(node) as [SyntaxNode, SyntaxNode];
    const [left, right] = [this.#labels(leftNode), this.#labels(rightNode)];
    const clause = node.getChild('MatchingModifierClause');
    const [matching = [], included = []] = (clause?.getChildren('GroupingLabels') ?? []).map((labels) =>
      this.#namesIn(labels),
    );
    const on = clause?.getChild('On') != null;
    if (on) for (const side of [left, right]) this.#mustHave(matching, side, 'on');
    else this.#mustHave(matching, union([left, right]), 'ignoring');
    if (node.getChild('Or')) return union([left, right]);
    if (node.getChild('And') || node.getChild('Unless') || isScalar(rightNode)) return left;
    if (isScalar(leftNode)) return right;
    if (clause?.getChild('GroupLeft')) {
      this.#mustHave(included, right, 'group_left');
      return union([left, new Set(included)]);
    }
    if (clause?.getChild('GroupRight')) {
      this.#mustHave(included, left, 'group_right');
      return union([right, new Set(included)]);
    }
    return on ? new Set(matching) : minus(left, matching);
  }

  #call(node: SyntaxNode): LabelSet {
    const name = node.getChild('FunctionIdentifier')!.firstChild!.name;
    const body = expressionsOf(node.getChild('FunctionCallBody')!);
    const before = this.#selectors.length;
    const inner = union(body.map((child) => this.#labels(child)));
    if (SCALARS.includes(name)) return NONE;
    if (OF_BUCKETS.includes(name)) {
      this.#mustHave(['le'], inner, this.#textOf(node.getChild('FunctionIdentifier')!));
      return minus(inner, ['le']);
    }
    if (name === 'Absent' || name === 'AbsentOverTime') {
      const matchers = this.#selectors.slice(before).flatMap((selector) => selector.matchers);
      return new Set(matchers.filter(({ operator }) => operator === '=').map(({ label }) => label));
    }
    const strings = body.map((child) => (child.name === 'StringLiteral' ? this.#unquoted(child) : ''));
    if (name === 'LabelReplace') {
      // Without a source it sets the label to a constant.
      if (strings[3] !== '') this.#mustHave([strings[3]!], inner, 'label_replace');
      return union([inner, new Set([strings[1]!])]);
    }
    if (name === 'LabelJoin') {
      this.#mustHave(strings.slice(3), inner, 'label_join');
      return union([inner, new Set([strings[1]!])]);
    }
    return inner;
  }

  #mustHave(named: readonly string[], labels: LabelSet, by: string): void {
    for (const label of named) {
      if (labels === undefined || labels.has(label)) continue;
      const problem = `names the label "${label}" in ${by} (…), which no series there has`;
      if (!this.#problems.includes(problem)) this.#problems.push(problem);
    }
  }

  #grouping(node: SyntaxNode | null): string[] {
    const labels = node?.getChild('GroupingLabels');
    return labels ? this.#namesIn(labels) : [];
  }

  #namesIn(labels: SyntaxNode): string[] {
    return [...labels.getChildren('LabelName'), ...labels.getChildren('QuotedLabelName')].map((label) =>
      this.#unquoted(label),
    );
  }

  #textOf(node: SyntaxNode): string {
    return this.#text.slice(node.from, node.to);
  }

  #unquoted(node: SyntaxNode): string {
    const text = this.#textOf(node);
    if (text.startsWith('`')) return text.slice(1, -1);
    if (!/^["']/.test(text)) return text;
    return text.slice(1, -1).replaceAll(/\\(.)/g, '$1');
  }
}

const expressionsOf = (node: SyntaxNode): SyntaxNode[] => node.getChildren('Expr');

const isScalar = (node: SyntaxNode): boolean => {
  if (node.name === 'NumberDurationLiteral') return true;
  if (node.name === 'FunctionCall') {
    return SCALARS.includes(node.getChild('FunctionIdentifier')!.firstChild!.name);
  }
  if (!['ParenExpr', 'UnaryExpr', 'BinaryExpr'].includes(node.name)) return false;
  return expressionsOf(node).every(isScalar);
};

const union = (sets: readonly LabelSet[]): LabelSet => {
  if (sets.includes(undefined)) return undefined;
  return new Set(sets.flatMap((set) => [...set!]));
};

const minus = (set: LabelSet, labels: readonly string[]): LabelSet =>
  set && new Set([...set].filter((label) => !labels.includes(label)));
