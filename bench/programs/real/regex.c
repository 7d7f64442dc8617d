/*
 * Regular expressions, four ways: a parser to a syntax tree, and over the tree a backtracking matcher with groups and
 * back references; a program for a machine of threads (Thompson, Pike) with groups; an automaton of sets, made state by
 * state as the text asks (McNaughton and Yamada); and that automaton made whole and minimised (Moore).
 *
 *   a . [a-z^] \d \w \s \1 ^ $ ( ) (?: ) | * + ? {2,5} and their lazy forms
 *
 * Checked: all ways find the same in expressions without back references, groups included, and the minimal automaton
 * accepts what the others accept. The checksum is of all matches and of the automata's sizes.
 */
#include "real.h"

enum { MOST_NODES = 128, MOST_PROGRAM = 256, MOST_GROUPS = 6, MOST_STATES = 96, CLASSES = 32, UNLIMITED = 255 };

/* --- Syntax ------------------------------------------------------------------------------------------------------- */

enum kind { ANY, SET, BEGIN, END, GROUP, REFERENCE, SEQUENCE, CHOICE, REPEAT, NOTHING };
struct node {
  enum kind kind;
  uint8_t index, least, most, set; /* a group's number; counts; a set's place */
  bool is_lazy;
  struct node *first, *second;
};
struct expression {
  struct node nodes[MOST_NODES], *root;
  uint64_t sets[CLASSES][4]; /* a bit for each byte */
  unsigned node_count, set_count, groups;
  bool has_references;
};
static struct expression *parsed;
static const char *source;

static struct node *new_node(enum kind kind, struct node *first, struct node *second) {
  check(parsed->node_count < MOST_NODES);
  struct node *node = &parsed->nodes[parsed->node_count++];
  *node = (struct node){.kind = kind, .first = first, .second = second};
  return node;
}

static bool has_byte(const uint64_t *set, uint8_t byte) { return (set[byte >> 6] >> (byte & 63) & 1) != 0; }
static void add_range(uint64_t *set, unsigned from, unsigned to) {
  for (unsigned byte = from; byte <= to; byte++) set[byte >> 6] |= 1ull << (byte & 63);
}

static void add_escape(uint64_t *set, char letter) {
  switch (letter) {
    case 'd': add_range(set, '0', '9'); break;
    case 'w': add_range(set, '0', '9'); add_range(set, 'a', 'z'); add_range(set, 'A', 'Z'); add_range(set, '_', '_'); break;
    case 's': add_range(set, ' ', ' '); add_range(set, '\t', '\r'); break;
    default: add_range(set, (uint8_t)letter, (uint8_t)letter);
  }
}

static struct node *set_node(const uint64_t *set) {
  unsigned at = 0;
  while (at < parsed->set_count && memcmp(parsed->sets[at], set, 32) != 0) at++;
  if (at == parsed->set_count) {
    check(at < CLASSES);
    memcpy(parsed->sets[parsed->set_count++], set, 32);
  }
  struct node *node = new_node(SET, NULL, NULL);
  node->set = (uint8_t)at;
  return node;
}

static struct node *parse_set(void) {
  uint64_t set[4] = {0};
  bool is_negated = *source == '^';
  if (is_negated) source++;
  while (*source != ']') {
    check(*source != '\0');
    if (*source == '\\') {
      add_escape(set, source[1]);
      source += 2;
    } else if (source[1] == '-' && source[2] != ']') {
      add_range(set, (uint8_t)source[0], (uint8_t)source[2]);
      source += 3;
    } else {
      add_range(set, (uint8_t)*source, (uint8_t)*source);
      source++;
    }
  }
  source++;
  if (is_negated)
    for (unsigned i = 0; i < 4; i++) set[i] = ~set[i];
  return set_node(set);
}

static struct node *parse_choice(void);

static struct node *parse_atom(void) {
  uint64_t set[4] = {0};
  char c = *source++;
  switch (c) {
    case '.': return new_node(ANY, NULL, NULL);
    case '^': return new_node(BEGIN, NULL, NULL);
    case '$': return new_node(END, NULL, NULL);
    case '[': return parse_set();
    case '(': {
      bool is_counted = source[0] != '?';
      unsigned index = is_counted ? ++parsed->groups : 0;
      if (!is_counted) source += 2;
      struct node *inner = parse_choice();
      check(*source++ == ')');
      if (!is_counted) return inner;
      check(index < MOST_GROUPS);
      struct node *group = new_node(GROUP, inner, NULL);
      group->index = (uint8_t)index;
      return group;
    }
    case '\\':
      c = *source++;
      if (c >= '1' && c <= '9') {
        struct node *reference = new_node(REFERENCE, NULL, NULL);
        reference->index = (uint8_t)(c - '0');
        parsed->has_references = true;
        return reference;
      }
      add_escape(set, c);
      return set_node(set);
    default:
      add_range(set, (uint8_t)c, (uint8_t)c);
      return set_node(set);
  }
}

static unsigned parse_count(void) {
  unsigned count = 0;
  while (*source >= '0' && *source <= '9') count = count * 10 + (unsigned)(*source++ - '0');
  return count;
}

static struct node *parse_repeat(void) {
  struct node *node = parse_atom();
  while (*source == '*' || *source == '+' || *source == '?' || *source == '{') {
    unsigned least = 0, most = UNLIMITED;
    char c = *source++;
    if (c == '+') least = 1;
    if (c == '?') most = 1;
    if (c == '{') {
      least = most = parse_count();
      if (*source == ',') {
        source++;
        most = *source == '}' ? UNLIMITED : parse_count();
      }
      check(*source++ == '}');
    }
    node = new_node(REPEAT, node, NULL);
    node->least = (uint8_t)least;
    node->most = (uint8_t)most;
    node->is_lazy = *source == '?';
    if (node->is_lazy) source++;
  }
  return node;
}

static struct node *parse_sequence(void) {
  struct node *node = NULL;
  while (*source != '\0' && *source != '|' && *source != ')') {
    struct node *next = parse_repeat();
    node = node == NULL ? next : new_node(SEQUENCE, node, next);
  }
  return node == NULL ? new_node(NOTHING, NULL, NULL) : node;
}

static struct node *parse_choice(void) {
  struct node *node = parse_sequence();
  while (*source == '|') {
    source++;
    node = new_node(CHOICE, node, parse_sequence());
  }
  return node;
}

static void parse(struct expression *expression, const char *text) {
  memset(expression, 0, sizeof *expression);
  parsed = expression;
  source = text;
  expression->root = parse_choice();
  check(*source == '\0');
}

/* --- Backtracking: what remains to be matched is a list of functions on the stack --------------------------------- */

struct text {
  const char *bytes;
  unsigned length;
};
struct groups {
  int16_t from[MOST_GROUPS], to[MOST_GROUPS];
};
struct rest {
  bool (*matches)(const struct rest *rest, unsigned at);
  const struct node *node;
  const struct rest *next;
  unsigned count, start;
};
static struct text subject;
static struct groups found;
static const struct expression *matched;
static uint64_t steps;

static bool match(const struct node *node, unsigned at, const struct rest *rest);
static bool go_on(const struct rest *rest, unsigned at) { return rest->matches(rest, at); }

static bool match_end(const struct rest *rest, unsigned at) {
  (void)rest;
  found.to[0] = (int16_t)at;
  return true;
}

static bool match_second(const struct rest *rest, unsigned at) { return match(rest->node->second, at, rest->next); }

static bool match_group_end(const struct rest *rest, unsigned at) {
  unsigned index = rest->node->index;
  int16_t from = found.from[index], to = found.to[index];
  found.from[index] = (int16_t)rest->start;
  found.to[index] = (int16_t)at;
  if (go_on(rest->next, at)) return true;
  found.from[index] = from;
  found.to[index] = to;
  return false;
}

static bool match_repeated(const struct rest *rest, unsigned at) {
  const struct node *node = rest->node;
  if (rest->count > node->least && at == rest->start) return false; /* an empty turn more */
  struct rest again = {match_repeated, node, rest->next, rest->count + 1, at};
  if (rest->count < node->least) return match(node->first, at, &again);
  bool may_repeat = node->most == UNLIMITED || rest->count < node->most;
  if (node->is_lazy) return go_on(rest->next, at) || (may_repeat && match(node->first, at, &again));
  return (may_repeat && match(node->first, at, &again)) || go_on(rest->next, at);
}

static bool match_reference(unsigned index, unsigned at, const struct rest *rest) {
  if (found.to[index] < 0) return false;
  unsigned length = (unsigned)(found.to[index] - found.from[index]);
  if (length > subject.length - at || memcmp(subject.bytes + found.from[index], subject.bytes + at, length) != 0) return false;
  return go_on(rest, at + length);
}

static bool match(const struct node *node, unsigned at, const struct rest *rest) {
  steps++;
  switch (node->kind) {
    case NOTHING: return go_on(rest, at);
    case BEGIN: return at == 0 && go_on(rest, at);
    case END: return at == subject.length && go_on(rest, at);
    case ANY: return at < subject.length && subject.bytes[at] != '\n' && go_on(rest, at + 1);
    case SET:
      return at < subject.length && has_byte(matched->sets[node->set], (uint8_t)subject.bytes[at]) && go_on(rest, at + 1);
    case REFERENCE: return match_reference(node->index, at, rest);
    case CHOICE: return match(node->first, at, rest) || match(node->second, at, rest);
    case SEQUENCE: {
      struct rest second = {match_second, node, rest, 0, 0};
      return match(node->first, at, &second);
    }
    case GROUP: {
      struct rest end = {match_group_end, node, rest, 0, at};
      return match(node->first, at, &end);
    }
    default: {
      struct rest repeated = {match_repeated, node, rest, 0, at};
      return match_repeated(&repeated, at);
    }
  }
}

static void clear_groups(struct groups *groups) {
  for (unsigned i = 0; i < MOST_GROUPS; i++) groups->from[i] = groups->to[i] = -1;
}

static bool search_backtracking(const struct expression *expression, struct text text, struct groups *groups) {
  static const struct rest end = {match_end, NULL, NULL, 0, 0};
  matched = expression;
  subject = text;
  for (unsigned from = 0; from <= text.length; from++) {
    clear_groups(&found);
    found.from[0] = (int16_t)from;
    if (match(expression->root, from, &end)) {
      *groups = found;
      return true;
    }
  }
  return false;
}

/* --- Threads ------------------------------------------------------------------------------------------------------ */

enum operation { P_SET, P_ANY, P_BEGIN, P_END, P_SAVE, P_SPLIT, P_JUMP, P_MATCH };
struct instruction {
  uint8_t operation, operand;
  uint8_t first, second; /* where a split goes, the better way first */
};
struct program {
  struct instruction code[MOST_PROGRAM];
  unsigned length;
};
static struct program *compiled;

static unsigned emit(enum operation operation, unsigned operand) {
  check(compiled->length < MOST_PROGRAM - 1);
  compiled->code[compiled->length] = (struct instruction){(uint8_t)operation, (uint8_t)operand, 0, 0};
  return compiled->length++;
}

static void set_split(unsigned at, unsigned into, unsigned past, bool is_lazy) {
  compiled->code[at].first = (uint8_t)(is_lazy ? past : into);
  compiled->code[at].second = (uint8_t)(is_lazy ? into : past);
}

static void compile_node(const struct node *node) {
  unsigned split, jump;
  switch (node->kind) {
    case NOTHING: break;
    case BEGIN: emit(P_BEGIN, 0); break;
    case END: emit(P_END, 0); break;
    case ANY: emit(P_ANY, 0); break;
    case SET: emit(P_SET, node->set); break;
    case SEQUENCE:
      compile_node(node->first);
      compile_node(node->second);
      break;
    case CHOICE:
      split = emit(P_SPLIT, 0);
      compile_node(node->first);
      jump = emit(P_JUMP, 0);
      set_split(split, split + 1, compiled->length, false);
      compile_node(node->second);
      compiled->code[jump].first = (uint8_t)compiled->length;
      break;
    case GROUP:
      emit(P_SAVE, 2u * node->index);
      compile_node(node->first);
      emit(P_SAVE, 2u * node->index + 1);
      break;
    case REPEAT:
      for (unsigned i = 0; i < node->least; i++) compile_node(node->first);
      if (node->most == UNLIMITED) {
        split = emit(P_SPLIT, 0);
        compile_node(node->first);
        compiled->code[emit(P_JUMP, 0)].first = (uint8_t)split;
        set_split(split, split + 1, compiled->length, node->is_lazy);
      }
      for (unsigned i = node->least; node->most != UNLIMITED && i < node->most; i++) {
        split = emit(P_SPLIT, 0);
        compile_node(node->first);
        set_split(split, split + 1, compiled->length, node->is_lazy); /* past this one: the next one may be tried */
      }
      break;
    default: check(false);
  }
}

struct thread {
  uint8_t at;
  struct groups groups;
};
struct threads {
  struct thread list[MOST_PROGRAM];
  unsigned count;
  bool has[MOST_PROGRAM];
};
static struct threads running[2];

static void add_thread(struct threads *threads, const struct program *program, unsigned at, unsigned place, struct groups *groups,
                       unsigned length) {
  if (threads->has[at]) return;
  threads->has[at] = true;
  struct instruction instruction = program->code[at];
  int16_t *saved;
  switch ((enum operation)instruction.operation) {
    case P_JUMP: add_thread(threads, program, instruction.first, place, groups, length); return;
    case P_SPLIT:
      add_thread(threads, program, instruction.first, place, groups, length);
      add_thread(threads, program, instruction.second, place, groups, length);
      return;
    case P_BEGIN:
      if (place == 0) add_thread(threads, program, at + 1, place, groups, length);
      return;
    case P_END:
      if (place == length) add_thread(threads, program, at + 1, place, groups, length);
      return;
    case P_SAVE:
      saved = (instruction.operand & 1) != 0 ? &groups->to[instruction.operand / 2] : &groups->from[instruction.operand / 2];
      {
        int16_t before = *saved;
        *saved = (int16_t)place;
        add_thread(threads, program, at + 1, place, groups, length);
        *saved = before;
      }
      return;
    default:
      threads->list[threads->count].at = (uint8_t)at;
      threads->list[threads->count++].groups = *groups;
  }
}

static bool search_threads(const struct expression *expression, const struct program *program, struct text text,
                           struct groups *result) {
  struct threads *now = &running[0], *next = &running[1];
  bool is_found = false;
  now->count = 0;
  memset(now->has, 0, sizeof now->has);
  for (unsigned place = 0; place <= text.length; place++) {
    if (!is_found) {
      struct groups fresh;
      clear_groups(&fresh);
      add_thread(now, program, 0, place, &fresh, text.length);
    }
    next->count = 0;
    memset(next->has, 0, sizeof next->has);
    for (unsigned i = 0; i < now->count; i++) {
      struct thread *thread = &now->list[i];
      struct instruction instruction = program->code[thread->at];
      if (instruction.operation == P_MATCH) {
        *result = thread->groups;
        is_found = true;
        break; /* those after it are worse */
      }
      if (place == text.length) continue;
      uint8_t byte = (uint8_t)text.bytes[place];
      bool goes = instruction.operation == P_ANY ? byte != '\n' : has_byte(expression->sets[instruction.operand], byte);
      if (goes) add_thread(next, program, thread->at + 1u, place + 1, &thread->groups, text.length);
    }
    if (is_found && next->count == 0) return true;
    struct threads *swapped = now;
    now = next;
    next = swapped;
  }
  return is_found;
}

/* --- Automata: of the whole text, for expressions without ^ and $ ------------------------------------------------- */

struct state {
  uint64_t places[MOST_PROGRAM / 64];
  uint8_t next[CLASSES]; /* by class of bytes; 0 not made yet, 1 dead */
  bool is_accepting;
};
struct automaton {
  const struct expression *expression;
  const struct program *program;
  uint8_t class_of[256], example[CLASSES];
  unsigned class_count, state_count;
  struct state states[MOST_STATES];
};

static void close_over(const struct program *program, unsigned at, uint64_t *places) {
  if ((places[at >> 6] >> (at & 63) & 1) != 0) return;
  places[at >> 6] |= 1ull << (at & 63);
  struct instruction instruction = program->code[at];
  if (instruction.operation == P_JUMP || instruction.operation == P_SPLIT) close_over(program, instruction.first, places);
  if (instruction.operation == P_SPLIT) close_over(program, instruction.second, places);
  if (instruction.operation == P_SAVE) close_over(program, at + 1, places);
}

static unsigned state_of(struct automaton *automaton, const uint64_t *places) {
  if ((places[0] | places[1] | places[2] | places[3]) == 0) return 1;
  for (unsigned i = 2; i < automaton->state_count; i++)
    if (memcmp(automaton->states[i].places, places, sizeof automaton->states[i].places) == 0) return i;
  check(automaton->state_count < MOST_STATES);
  struct state *state = &automaton->states[automaton->state_count];
  memset(state, 0, sizeof *state);
  memcpy(state->places, places, sizeof state->places);
  for (unsigned at = 0; at < automaton->program->length; at++)
    if ((places[at >> 6] >> (at & 63) & 1) != 0 && automaton->program->code[at].operation == P_MATCH) state->is_accepting = true;
  return automaton->state_count++;
}

/* Bytes that no set tells apart are one class. */
static void find_classes(struct automaton *automaton) {
  uint64_t signatures[CLASSES];
  automaton->class_count = 0;
  for (unsigned byte = 0; byte < 256; byte++) {
    uint64_t signature = byte == '\n';
    for (unsigned set = 0; set < automaton->expression->set_count; set++)
      signature = signature << 1 | has_byte(automaton->expression->sets[set], (uint8_t)byte);
    unsigned class = 0;
    while (class < automaton->class_count && signatures[class] != signature) class++;
    if (class == automaton->class_count) {
      check(class < CLASSES);
      signatures[class] = signature;
      automaton->example[class] = (uint8_t)byte;
      automaton->class_count++;
    }
    automaton->class_of[byte] = (uint8_t)class;
  }
}

static void make_automaton(struct automaton *automaton, const struct expression *expression, const struct program *program) {
  automaton->expression = expression;
  automaton->program = program;
  automaton->state_count = 2;
  find_classes(automaton);
  for (unsigned class = 0; class < CLASSES; class++) automaton->states[1].next[class] = 1;
  automaton->states[1].is_accepting = false;
  uint64_t places[4] = {0};
  close_over(program, 0, places);
  check(state_of(automaton, places) == 2);
}

static unsigned step(struct automaton *automaton, unsigned state, unsigned class) {
  unsigned known = automaton->states[state].next[class];
  if (known != 0) return known;
  uint64_t places[4] = {0};
  uint8_t byte = automaton->example[class];
  for (unsigned at = 0; at < automaton->program->length; at++) {
    if ((automaton->states[state].places[at >> 6] >> (at & 63) & 1) == 0) continue;
    struct instruction instruction = automaton->program->code[at];
    if ((instruction.operation == P_SET && has_byte(automaton->expression->sets[instruction.operand], byte)) ||
        (instruction.operation == P_ANY && byte != '\n'))
      close_over(automaton->program, at + 1, places);
  }
  unsigned next = state_of(automaton, places);
  automaton->states[state].next[class] = (uint8_t)next;
  return next;
}

/* The end of the longest match at `from`, or -1. */
static int longest(struct automaton *automaton, struct text text, unsigned from) {
  unsigned state = 2;
  int end = automaton->states[state].is_accepting ? (int)from : -1;
  for (unsigned at = from; at < text.length && state != 1; at++) {
    state = step(automaton, state, automaton->class_of[(uint8_t)text.bytes[at]]);
    if (automaton->states[state].is_accepting) end = (int)at + 1;
  }
  return end;
}

/* All states, and then groups of them that nothing tells apart. Returns how many; `group` has each state's. */
static unsigned minimise(struct automaton *automaton, uint8_t *group) {
  for (unsigned state = 2; state < automaton->state_count; state++)
    for (unsigned class = 0; class < automaton->class_count; class++) step(automaton, state, class);
  unsigned count = 0, before;
  for (unsigned state = 1; state < automaton->state_count; state++) group[state] = automaton->states[state].is_accepting;
  do {
    uint8_t finer[MOST_STATES];
    before = count;
    count = 0;
    for (unsigned state = 1; state < automaton->state_count; state++) {
      unsigned same = 1;
      for (; same < state; same++) {
        if (group[same] != group[state]) continue;
        unsigned class = 0;
        while (class < automaton->class_count &&
               group[automaton->states[same].next[class]] == group[automaton->states[state].next[class]])
          class++;
        if (class == automaton->class_count) break;
      }
      finer[state] = same == state ? (uint8_t)count++ : finer[same];
    }
    memcpy(group, finer, automaton->state_count);
  } while (count != before);
  return count;
}

static bool accepts_minimal(const struct automaton *automaton, const uint8_t *group, struct text text) {
  unsigned state = 2;
  for (unsigned at = 0; at < text.length; at++) {
    unsigned next = automaton->states[state].next[automaton->class_of[(uint8_t)text.bytes[at]]];
    /* Any state of the group will do: the first. */
    for (state = 1; group[state] != group[next];) state++;
  }
  return automaton->states[state].is_accepting;
}

/* --- The work ----------------------------------------------------------------------------------------------------- */

static const char *const patterns[] = {
    "(\\w+)@(\\w+)\\.(com|org|net)",
    "(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})",
    "(a|b)*abb",
    "^(\\w+) (?:is|was) (.+?) (\\d+)",
    "([a-c]+?)([b-d]*)(d|$)",
    "(\\w)(\\w)\\2\\1",
    "(?:x+x+)+y",
    "(0x[\\da-f]+|\\d+)([+*/-](0x[\\da-f]+|\\d+))*",
    "(\\w+) \\1",
    "[^ aeiou]{3,5}",
};
static const char *const lines[] = {
    "write to root@kernel.org or to nobody@example.com, not to @nowhere",
    "the host 192.168.17 was up for 31 days, 10.0.0 for 4",
    "abababbabababaabb and then abba, noon and the the end",
    "core is busy since cycle 123456 in window 7",
    "xxxxxxxxxz xxxxxxxy and 0x1f+22*7-0xbeef/3 is a number",
    "aabbccdd bcd strengths rhythm",
};
enum { PATTERNS = sizeof patterns / sizeof *patterns, LINES = sizeof lines / sizeof *lines };

static struct expression expression;
static struct program program;
static struct automaton automaton;

void prepare(void) {}

static uint64_t mix_groups(uint64_t checksum, bool is_found, const struct groups *groups) {
  checksum = bench_mix(checksum, is_found);
  if (is_found) checksum = bench_mix(checksum, hash_bytes(HASH_START, groups, sizeof *groups));
  return checksum;
}

static bool has_edges(const char *pattern) {
  for (char before = '\0'; *pattern != '\0'; before = *pattern++)
    if (*pattern == '$' || (*pattern == '^' && before != '[')) return true;
  return false;
}

static uint64_t use_automaton(uint64_t checksum) {
  uint8_t group[MOST_STATES];
  make_automaton(&automaton, &expression, &program);
  for (unsigned line = 0; line < LINES; line++) {
    struct text text = {lines[line], (unsigned)text_length(lines[line])};
    struct groups groups;
    bool is_found = search_threads(&expression, &program, text, &groups);
    unsigned from = 0;
    int end = -1;
    for (; from <= text.length && end < 0; from++) end = longest(&automaton, text, from);
    check(is_found == (end >= 0));
    checksum = bench_mix(checksum, (uint64_t)end << 16 | from);
    /* The first match begins where the threads say so, and is no shorter. */
    if (is_found) check(groups.from[0] == (int)from - 1 && groups.to[0] <= end);
  }
  unsigned states = automaton.state_count, least = minimise(&automaton, group);
  for (unsigned line = 0; line < LINES; line++) {
    for (unsigned from = 0; from <= 20; from += 5) {
      struct text text = {lines[line] + from, 9};
      check(accepts_minimal(&automaton, group, text) == (longest(&automaton, text, 0) == 9));
    }
  }
  return bench_mix(checksum, (uint64_t)states << 32 | (uint64_t)automaton.state_count << 16 | least);
}

uint64_t work(uint64_t rounds) {
  uint64_t checksum = 0;
  for (uint64_t round = 0; round < rounds; round++) {
    for (unsigned pattern = 0; pattern < PATTERNS; pattern++) {
      parse(&expression, patterns[pattern]);
      if (!expression.has_references) {
        compiled = &program;
        program.length = 0;
        emit(P_SAVE, 0);
        compile_node(expression.root);
        emit(P_SAVE, 1);
        emit(P_MATCH, 0);
      }
      for (unsigned line = 0; line < LINES; line++) {
        struct text text = {lines[line], (unsigned)text_length(lines[line])};
        struct groups groups, others;
        bench_step();
        steps = 0;
        bool is_found = search_backtracking(&expression, text, &groups);
        checksum = mix_groups(bench_mix(checksum, steps), is_found, &groups);
        if (expression.has_references) continue;
        check(search_threads(&expression, &program, text, &others) == is_found);
        check(!is_found || memcmp(&groups, &others, sizeof groups) == 0);
      }
      if (!expression.has_references && !has_edges(patterns[pattern])) checksum = use_automaton(checksum);
    }
  }
  return checksum;
}
