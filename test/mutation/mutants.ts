import ts from 'typescript';

/** One small change of a program. */
export interface Mutant {
  readonly line: number;
  readonly what: string;
}

export interface Instrumented {
  /** The program with all its mutants: the one whose number stands in a file when the program begins is at work, or none. */
  readonly code: string;
  readonly mutants: readonly Mutant[];
}

const SWAPS: ReadonlyMap<ts.SyntaxKind, readonly string[]> = new Map([
  [ts.SyntaxKind.EqualsEqualsEqualsToken, ['!==']],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, ['===']],
  [ts.SyntaxKind.LessThanToken, ['<=', '>=']],
  [ts.SyntaxKind.LessThanEqualsToken, ['<', '>']],
  [ts.SyntaxKind.GreaterThanToken, ['>=', '<=']],
  [ts.SyntaxKind.GreaterThanEqualsToken, ['>', '<']],
  [ts.SyntaxKind.AmpersandAmpersandToken, ['||']],
  [ts.SyntaxKind.BarBarToken, ['&&']],
  [ts.SyntaxKind.PlusToken, ['-']],
  [ts.SyntaxKind.MinusToken, ['+']],
]);
const CALLS: ReadonlyMap<string, string> = new Map([
  ['some', 'every'],
  ['every', 'some'],
]);

/**
 * Writes all mutants of a program into it, each behind a look at its number: comparisons and logical operators turned round,
 * conditions made true and false, values taken away (numbers, texts, parts of lists and objects), functions made empty. Texts of
 * errors and of the log are left alone.
 */
export function instrument(source: string, fileName: string, numberFile: string): Instrumented {
  const file = ts.createSourceFile(fileName, source, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  const mutants: Mutant[] = [];

  function add(node: ts.Node, what: string): string {
    const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
    mutants.push({ line: line + 1, what });
    return `$mutant === ${mutants.length - 1}`;
  }

  /** The text of a node with its children as `write` makes them. */
  function inner(node: ts.Node, write: (child: ts.Node) => string): string {
    let text = '';
    let at = node.getStart(file);
    node.forEachChild((child) => {
      text += source.slice(at, child.getStart(file)) + write(child);
      at = child.getEnd();
    });
    return text + source.slice(at, node.getEnd());
  }

  const plain = (node: ts.Node): string => source.slice(node.getStart(file), node.getEnd());

  function alternatives(node: ts.Expression): readonly (readonly [what: string, text: string])[] {
    if (ts.isBinaryExpression(node)) {
      const [left, right] = [plain(node.left), plain(node.right)];
      const operator = node.operatorToken;
      const swapped = (SWAPS.get(operator.kind) ?? []).map(
        (other) => [`${operator.getText(file)} → ${other}`, `${left} ${other} ${right}`] as const,
      );
      if (operator.kind !== ts.SyntaxKind.QuestionQuestionToken) return swapped;
      return [
        ['left of ?? only', left],
        ['right of ?? only', right],
      ];
    }
    if (ts.isConditionalExpression(node))
      return [
        ['always the first', plain(node.whenTrue)],
        ['always the second', plain(node.whenFalse)],
      ];
    if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken)
      return [['without !', plain(node.operand)]];
    if (node.kind === ts.SyntaxKind.TrueKeyword) return [['true → false', 'false']];
    if (node.kind === ts.SyntaxKind.FalseKeyword) return [['false → true', 'true']];
    if (ts.isNumericLiteral(node)) return [[`${node.text} + 1`, `(${node.text.replaceAll('_', '')} + 1)`]];
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node) || ts.isTemplateExpression(node))
      return [[`text ${plain(node).slice(0, 30)} emptied`, `''`]];
    if (ts.isArrayLiteralExpression(node))
      return node.elements.map((element, n) => [
        `without the part ${plain(element).slice(0, 40)}`,
        `[${node.elements
          .filter((_, other) => other !== n)
          .map(plain)
          .join(', ')}]`,
      ]);
    if (ts.isObjectLiteralExpression(node))
      return node.properties.flatMap((property, n) =>
        ts.isMethodDeclaration(property)
          ? []
          : [
              [
                `without the field ${plain(property).slice(0, 40)}`,
                `({${node.properties
                  .filter((_, other) => other !== n)
                  .map(plain)
                  .join(', ')}})`,
              ] as const,
            ],
      );
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const { expression, name } = node.expression;
      if (name.text === 'filter') return [['without filter', plain(expression)]];
      const other = CALLS.get(name.text);
      if (other)
        return [[`${name.text} → ${other}`, `${plain(expression)}.${other}(${node.arguments.map(plain).join(', ')})`]];
    }
    return [];
  }

  function write(node: ts.Node): string {
    if (isLeftAlone(node)) return plain(node);
    if (ts.isIfStatement(node)) {
      const condition = `(${add(node, 'if (true)')} ? true : ${add(node, 'if (false)')} ? false : (${write(node.expression)}))`;
      const otherwise = node.elseStatement ? ` else ${write(node.elseStatement)}` : '';
      return `if (${condition}) ${write(node.thenStatement)}${otherwise}`;
    }
    if (ts.isBlock(node) && node.statements.length > 0 && ts.isFunctionLike(node.parent)) {
      const test = add(node, 'function emptied');
      return `{ if (${test}) return undefined as never; ${inner(node, write).slice(1)}`;
    }
    if (ts.isShorthandPropertyAssignment(node)) return plain(node);
    if (ts.isExpressionStatement(node) && ts.isCallExpression(node.expression)) {
      const test = add(node, `without ${plain(node).slice(0, 40)}`);
      return `if (!(${test})) ${inner(node, write)}`;
    }
    const found = isValue(node) ? alternatives(node) : [];
    const tests = found.map(([what, text]) => `${add(node, what)} ? (${text}) : `);
    const original = inner(node, write);
    return tests.length === 0 ? original : `(${tests.join('')}(${original}))`;
  }

  const head = source.slice(0, file.getStart(file));
  const body = inner(file, write);
  const number = `import { readFileSync as $read } from 'node:fs';\nconst $mutant = Number($read(${JSON.stringify(numberFile)}, 'utf8'));\n`;
  return { code: `${number}${head}${body}`, mutants };
}

/** Types, names of modules, and what is said in errors and in the log. */
function isLeftAlone(node: ts.Node): boolean {
  if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return true;
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isThrowStatement(node)) return true;
  return ts.isCallExpression(node) && /^(\w+\.)?(log|calling)\.\w+$/.test(node.expression.getText());
}

/** Whether other code may stand in its place. */
function isValue(node: ts.Node): node is ts.Expression {
  if (!ts.isExpression(node)) return false;
  const { parent } = node;
  if (ts.isPropertyAssignment(parent) && parent.name === node) return false;
  if (ts.isBinaryExpression(parent) && ts.isBinaryExpression(node) === false && ts.isStringLiteral(node)) return false;
  if (ts.isTaggedTemplateExpression(parent) || ts.isElementAccessExpression(parent) || ts.isAsExpression(parent))
    return false;
  return !ts.isObjectBindingPattern(node) && !ts.isArrayBindingPattern(node);
}
