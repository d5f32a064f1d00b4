// A machine's diagram in a document: it stands below a comment that names the command which makes it.

const commentFor = (machine: string): string => `<!-- npm run chart -- ${machine} -->`

/** @throws {Error} where the document has no place for it */
export function withDiagram(document: string, machine: string, diagram: string): string {
  const comment = commentFor(machine)
  const [before, after] = document.split(comment)
  const rest = /^\n+```mermaid\n[\s\S]*?```\n([\s\S]*)$/.exec(after ?? '')
  if (before === undefined || rest === null)
    throw new Error(`The document has no \`\`\`mermaid block below a line ${comment}`)
  return `${before}${comment}\n\n\`\`\`mermaid\n${diagram}\`\`\`\n${rest[1]}`
}
