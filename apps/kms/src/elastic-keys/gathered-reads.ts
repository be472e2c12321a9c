interface Asked<Question, Answer> {
  question: Question;
  answer: Promise<Answer>;
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
}

/** Most questions of one statement. */
const AT_ONCE = 500;

/**
 * Puts questions to the database together. What is asked while a statement is on its way waits for the next one; so each answer comes from a
 * statement that began after its question was asked, and sees all that was committed before. Alone a question waits for nobody.
 */
export class GatheredReads<Question, Answer> {
  #waiting = new Map<string, Asked<Question, Answer>>();
  #reading = false;

  /** `read` answers questions in their order; `nameOf` is the same for questions that have the same answer. */
  constructor(
    private readonly read: (questions: Question[]) => Promise<Answer[]>,
    private readonly nameOf: (question: Question) => string,
  ) {}

  ask(question: Question): Promise<Answer> {
    const name = this.nameOf(question);
    const waiting = this.#waiting.get(name);
    if (waiting) return waiting.answer;
    const { promise: answer, resolve, reject } = Promise.withResolvers<Answer>();
    this.#waiting.set(name, { question, answer, resolve, reject });
    if (!this.#reading) {
      this.#reading = true;
      void this.#work();
    }
    return answer;
  }

  async #work(): Promise<void> {
    while (this.#waiting.size > 0) {
      // Questions of the same turn of the event loop go out together too, also when it is the turn in which the last answers came.
      await endOfTurn();
      await this.#answer(this.#next());
    }
    this.#reading = false;
  }

  #next(): Asked<Question, Answer>[] {
    const all = [...this.#waiting];
    this.#waiting = new Map(all.slice(AT_ONCE));
    return all.slice(0, AT_ONCE).map(([, asked]) => asked);
  }

  async #answer(asked: Asked<Question, Answer>[]): Promise<void> {
    try {
      const answers = await this.read(asked.map(({ question }) => question));
      asked.forEach(({ resolve }, at) => resolve(answers[at] as Answer));
    } catch (error) {
      asked.forEach(({ reject }) => reject(error));
    }
  }
}

const endOfTurn = () => new Promise<void>((resolve) => setImmediate(resolve));
