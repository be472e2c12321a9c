import { describe, expect, it } from '@jest/globals';
import { fencedBlocks } from './fenced-blocks.fixture.js';

describe('the commands of a page', () => {
  it('are its bash blocks, without their indentation, with the line they stand in', () => {
    const page = [
      '# Title',
      '```bash',
      'a',
      '',
      'b',
      '```',
      '- item',
      '',
      '  ```bash',
      '  c',
      '  ```',
      '```json',
      '{}',
      '```',
    ];
    expect(fencedBlocks(page.join('\n'))).toEqual([
      { line: 3, script: 'a\n\nb\n' },
      { line: 10, script: 'c\n' },
    ]);
  });

  it('carry the reason why no test runs them', () => {
    const page = ['<!-- not run: needs a cluster -->', '', '```bash', 'a', '```', '```bash', 'b', '```'];
    expect(fencedBlocks(page.join('\n')).map(({ notRun }) => notRun)).toEqual(['needs a cluster', undefined]);
  });

  it('carry the reason of their page', () => {
    const page = [
      '<!-- not run on this page: needs an engine -->',
      '```bash',
      'a',
      '```',
      'text',
      '```bash',
      'b',
      '```',
    ];
    expect(fencedBlocks(page.join('\n')).map(({ notRun }) => notRun)).toEqual(['needs an engine', 'needs an engine']);
  });

  it('a block that is never closed is an error', () => {
    expect(() => fencedBlocks('```bash\na')).toThrow('the block of line 1 is never closed');
  });
});
