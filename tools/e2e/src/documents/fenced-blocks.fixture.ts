/** One fenced `bash` block of a page. */
export interface FencedBlock {
  /** The line of the page that the first command stands in, from 1. */
  line: number;
  script: string;
  /** Why no test runs it: what stands in `<!-- not run: … -->` before it, or in `<!-- not run on this page: … -->`. */
  notRun?: string;
}

const pageMark = /^<!-- not run on this page: (.+) -->$/m;
const blockMark = /^\s*<!-- not run: (.+) -->$/;
const fence = /^(\s*)```(\w*)$/;

/** The `bash` blocks of a page in Markdown, in their order. */
export function fencedBlocks(markdown: string): FencedBlock[] {
  const ofPage = pageMark.exec(markdown)?.[1];
  const blocks: FencedBlock[] = [];
  let open: { indent: number; language: string; block: FencedBlock } | undefined;
  let before = '';
  for (const [index, text] of markdown.split('\n').entries()) {
    const mark = fence.exec(text);
    if (open && mark) {
      if (open.language === 'bash') blocks.push(open.block);
      open = undefined;
    } else if (open) {
      open.block.script += `${text.slice(open.indent)}\n`;
    } else if (mark) {
      const notRun = blockMark.exec(before)?.[1] ?? ofPage;
      const block = { line: index + 2, script: '', ...(notRun !== undefined && { notRun }) };
      open = { indent: mark[1]!.length, language: mark[2]!, block };
    }
    if (text.trim() !== '') before = text;
  }
  if (open) throw new Error(`the block of line ${open.block.line - 1} is never closed`);
  return blocks;
}
