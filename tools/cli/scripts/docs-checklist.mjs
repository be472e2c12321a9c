// Writes docs/operations/checklist-coverage.md from the items of the checklists; a test compares.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { coverageDocument } from '../dist/checklist/lines/coverage.js';
import { allChecks } from '../dist/checklist/registry.js';

const file = join(import.meta.dirname, '../../../docs/operations/checklist-coverage.md');
writeFileSync(file, coverageDocument(allChecks));
console.log(file);
