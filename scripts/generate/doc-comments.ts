import { readFileSync } from 'node:fs'
import ts from 'typescript'

/**
 * The doc comments of a module's constants, so that a reference page says what the source says: by constant
 * (`dhtPort`) and by property of a constant (`env.service`), each on one line.
 */
export function readDocComments(path: string): ReadonlyMap<string, string> {
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true)
  const comments = new Map<string, string>()
  for (const statement of source.statements) {
    if (!ts.isVariableStatement(statement)) continue
    for (const { name, initializer } of statement.declarationList.declarations) {
      const constant = name.getText()
      comments.set(constant, commentOf(statement))
      for (const property of propertiesOf(initializer)) {
        comments.set(`${constant}.${property.name.getText().replaceAll("'", '')}`, commentOf(property))
      }
    }
  }
  return comments
}

function propertiesOf(initializer: ts.Expression | undefined): ts.PropertyAssignment[] {
  if (initializer === undefined) return []
  if (ts.isAsExpression(initializer) || ts.isSatisfiesExpression(initializer))
    return propertiesOf(initializer.expression)
  return ts.isObjectLiteralExpression(initializer) ? initializer.properties.filter(ts.isPropertyAssignment) : []
}

function commentOf(node: ts.Node): string {
  const text = ts
    .getJSDocCommentsAndTags(node)
    .map((doc) => ts.getTextOfJSDocComment(doc.comment) ?? '')
    .join(' ')
  return text.replaceAll(/\s+/g, ' ').trim()
}
