/*
 * A small language in the manner of Lua: a lexer, a compiler of one pass to bytecode, and a stack machine with tables,
 * interned strings, closures with upvalues, and a mark-and-sweep collector that runs every few hundred allocations.
 *
 *   local, function, if, while, for i = a, b do, return, and, or, not, { 1, 2, name = 3 }, t.name, t[key], #t, ..
 *
 * Checked: the scripts compute some results in two ways and call `same`. The checksum is of what they `emit`, and of
 * how much was collected.
 */
#include "real.h"

enum {
  HEAP_BYTES = 1 << 20,
  SIZE_CLASSES = 64,
  STACK = 512,
  FRAMES = 64,
  INTERNED = 1024,
  MOST_CODE = 1024,
  MOST_CONSTANTS = 64,
  MOST_LOCALS = 32,
  MOST_UPVALUES = 16,
  COLLECT_BYTES = 24 << 10,
  GREY = 4096
};

/* --- Values and objects ------------------------------------------------------------------------------------------- */

enum type { NIL, BOOLEAN, NUMBER, STRING, TABLE, CLOSURE, BUILTIN };
enum kind { KIND_STRING, KIND_TABLE, KIND_CLOSURE, KIND_UPVALUE };

struct object {
  struct object *next; /* of all objects */
  uint32_t bytes;
  uint8_t kind;
  bool is_marked;
};
struct value {
  enum type type;
  union {
    bool boolean;
    double number;
    struct object *object;
    struct value (*builtin)(struct value *arguments, unsigned count);
  } as;
};
struct string {
  struct object header;
  uint32_t hash, length;
  char text[];
};
struct pair {
  struct value key, value;
};
struct table {
  struct object header;
  struct value *items; /* 1 to count */
  uint32_t count, room;
  struct pair *pairs;
  uint32_t used, pair_room; /* used: with removed ones */
};
struct function { /* not collected: functions live as long as the program */
  uint32_t code[MOST_CODE];
  struct value constants[MOST_CONSTANTS];
  struct {
    uint8_t index;
    bool is_local;
  } upvalues[MOST_UPVALUES];
  unsigned code_length, constant_count, upvalue_count, parameters;
};
struct upvalue {
  struct object header;
  struct value *place; /* on the stack, or `closed` */
  struct value closed;
  struct upvalue *next_open;
};
struct closure {
  struct object header;
  struct function *function;
  struct upvalue *upvalues[];
};
struct frame {
  struct closure *closure;
  const uint32_t *at;
  struct value *base;
};

static struct {
  uint8_t *memory;
  size_t taken;
  void *free[SIZE_CLASSES];
  struct object *all;
  size_t live_bytes, limit, collections, freed, calls;
  struct string *interned[INTERNED];
  unsigned interned_count;
  struct value stack[STACK], *top;
  struct frame frames[FRAMES];
  unsigned depth;
  struct upvalue *open;
  struct table *globals;
  struct object *grey[GREY];
  unsigned grey_count;
  bool is_compiling;
  uint64_t emitted;
} vm;

static struct function *functions;
static unsigned function_count;

static struct value nil(void) { return (struct value){.type = NIL}; }
static struct value of_number(double number) { return (struct value){.type = NUMBER, .as.number = number}; }
static struct value of_boolean(bool boolean) { return (struct value){.type = BOOLEAN, .as.boolean = boolean}; }
static struct value of_object(enum type type, void *object) { return (struct value){.type = type, .as.object = object}; }
static struct string *string_of(struct value value) {
  check(value.type == STRING);
  return (struct string *)value.as.object;
}
static struct table *table_of(struct value value) {
  check(value.type == TABLE);
  return (struct table *)value.as.object;
}
static double number_of(struct value value) {
  check(value.type == NUMBER);
  return value.as.number;
}
static bool is_true(struct value value) { return value.type != NIL && (value.type != BOOLEAN || value.as.boolean); }

static bool equals(struct value one, struct value other) {
  if (one.type != other.type) return false;
  switch (one.type) {
    case NIL: return true;
    case BOOLEAN: return one.as.boolean == other.as.boolean;
    case NUMBER: return one.as.number == other.as.number;
    case BUILTIN: return one.as.builtin == other.as.builtin;
    default: return one.as.object == other.as.object; /* strings are interned */
  }
}

/* --- Memory ------------------------------------------------------------------------------------------------------- */

static void collect(void);

/* Blocks are powers of two and one and a half of them: what is freed is found again by its class. */
static unsigned class_of(size_t bytes, size_t *rounded) {
  unsigned class = 0;
  size_t size = 32;
  for (;;) {
    if (bytes <= size) break;
    class++;
    if (bytes <= size + size / 2) {
      size += size / 2;
      break;
    }
    class++;
    size *= 2;
  }
  *rounded = size;
  return class;
}

static void *take(size_t bytes) {
  size_t rounded;
  unsigned class = class_of(bytes, &rounded);
  vm.live_bytes += rounded;
  void *block = vm.free[class];
  if (block != NULL) {
    memcpy(&vm.free[class], block, sizeof(void *));
  } else {
    check(rounded <= HEAP_BYTES - vm.taken);
    block = vm.memory + vm.taken;
    vm.taken += rounded;
  }
  return memset(block, 0, bytes);
}

static void give_back(void *block, size_t bytes) {
  if (block == NULL) return;
  size_t rounded;
  unsigned class = class_of(bytes, &rounded);
  vm.live_bytes -= rounded;
  memcpy(block, &vm.free[class], sizeof(void *));
  vm.free[class] = block;
}

static void *new_object(enum kind kind, size_t bytes) {
  if (vm.live_bytes > vm.limit && !vm.is_compiling) collect();
  struct object *object = take(bytes);
  object->kind = (uint8_t)kind;
  object->bytes = (uint32_t)bytes;
  object->next = vm.all;
  return vm.all = object;
}

static void mark(struct object *object) {
  if (object == NULL || object->is_marked) return;
  object->is_marked = true;
  check(vm.grey_count < GREY);
  if (object->kind != KIND_STRING) vm.grey[vm.grey_count++] = object;
}

static void mark_value(struct value value) {
  if (value.type >= STRING && value.type <= CLOSURE) mark(value.as.object);
}

static void mark_children(struct object *object) {
  if (object->kind == KIND_TABLE) {
    struct table *table = (struct table *)object;
    for (uint32_t i = 0; i < table->count; i++) mark_value(table->items[i]);
    for (uint32_t i = 0; i < table->pair_room; i++) {
      mark_value(table->pairs[i].key);
      mark_value(table->pairs[i].value);
    }
  } else if (object->kind == KIND_UPVALUE) {
    mark_value(*((struct upvalue *)object)->place);
  } else {
    struct closure *closure = (struct closure *)object;
    for (unsigned i = 0; i < closure->function->upvalue_count; i++) mark((struct object *)closure->upvalues[i]);
  }
}

static void free_object(struct object *object) {
  if (object->kind == KIND_TABLE) {
    struct table *table = (struct table *)object;
    give_back(table->items, table->room * sizeof *table->items);
    give_back(table->pairs, table->pair_room * sizeof *table->pairs);
  }
  give_back(object, object->bytes);
}

static void collect(void) {
  for (struct value *at = vm.stack; at < vm.top; at++) mark_value(*at);
  for (unsigned i = 0; i < vm.depth; i++) mark((struct object *)vm.frames[i].closure);
  for (struct upvalue *open = vm.open; open != NULL; open = open->next_open) mark((struct object *)open);
  mark((struct object *)vm.globals);
  for (unsigned i = 0; i < function_count; i++)
    for (unsigned j = 0; j < functions[i].constant_count; j++) mark_value(functions[i].constants[j]);
  while (vm.grey_count > 0) mark_children(vm.grey[--vm.grey_count]);
  /* Interned strings that nobody else has go, and those after them in the table find their places anew. */
  struct string *kept[INTERNED];
  unsigned kept_count = 0;
  for (unsigned i = 0; i < INTERNED; i++) {
    if (vm.interned[i] != NULL && vm.interned[i]->header.is_marked) kept[kept_count++] = vm.interned[i];
    vm.interned[i] = NULL;
  }
  vm.interned_count = kept_count;
  for (unsigned i = 0; i < kept_count; i++) {
    unsigned at = kept[i]->hash % INTERNED;
    while (vm.interned[at] != NULL) at = (at + 1) % INTERNED;
    vm.interned[at] = kept[i];
  }
  for (struct object **link = &vm.all; *link != NULL;) {
    struct object *object = *link;
    if (object->is_marked) {
      object->is_marked = false;
      link = &object->next;
    } else {
      *link = object->next;
      free_object(object);
      vm.freed++;
    }
  }
  vm.collections++;
  vm.limit = vm.live_bytes + COLLECT_BYTES;
}

/* --- Strings and tables ------------------------------------------------------------------------------------------- */

static struct value intern(const char *text, size_t length) {
  uint32_t hash = (uint32_t)hash_bytes(HASH_START, text, length);
  if (vm.interned_count > INTERNED * 3 / 4) collect();
  unsigned at = hash % INTERNED;
  for (; vm.interned[at] != NULL; at = (at + 1) % INTERNED) {
    struct string *known = vm.interned[at];
    if (known->hash == hash && known->length == length && memcmp(known->text, text, length) == 0)
      return of_object(STRING, known);
  }
  struct string *string = new_object(KIND_STRING, sizeof(struct string) + length);
  string->hash = hash;
  string->length = (uint32_t)length;
  memcpy(string->text, text, length);
  /* A collection may have moved the free place. */
  for (at = hash % INTERNED; vm.interned[at] != NULL;) at = (at + 1) % INTERNED;
  vm.interned[at] = string;
  vm.interned_count++;
  return of_object(STRING, string);
}

static uint32_t hash_of(struct value key) {
  if (key.type == STRING) return ((struct string *)key.as.object)->hash;
  if (key.type == BOOLEAN) return key.as.boolean;
  check(key.type == NUMBER);
  return (uint32_t)hash_bytes(HASH_START, &key.as.number, sizeof key.as.number);
}

static struct pair *find_pair(const struct table *table, struct value key) {
  uint32_t mask = table->pair_room - 1, at = hash_of(key) & mask;
  while (table->pairs[at].key.type != NIL && !equals(table->pairs[at].key, key)) at = (at + 1) & mask;
  return &table->pairs[at];
}

static struct value get(const struct table *table, struct value key) {
  if (key.type == NUMBER && key.as.number >= 1 && key.as.number <= table->count) {
    uint32_t index = (uint32_t)key.as.number;
    if (index == key.as.number) return table->items[index - 1];
  }
  return table->pair_room == 0 ? nil() : find_pair(table, key)->value;
}

static void grow_pairs(struct table *table) {
  struct pair *old = table->pairs;
  uint32_t old_room = table->pair_room, room = old_room == 0 ? 4 : old_room * 2;
  table->pairs = take(room * sizeof *table->pairs);
  table->pair_room = room;
  table->used = 0;
  for (uint32_t i = 0; i < old_room; i++) {
    if (old[i].value.type == NIL) continue;
    *find_pair(table, old[i].key) = old[i];
    table->used++;
  }
  give_back(old, old_room * sizeof *old);
}

static void append(struct table *table, struct value value) {
  if (table->count == table->room) {
    uint32_t room = table->room == 0 ? 4 : table->room * 2;
    struct value *items = take(room * sizeof *items);
    memcpy(items, table->items, table->count * sizeof *items);
    give_back(table->items, table->room * sizeof *items);
    table->items = items;
    table->room = room;
  }
  table->items[table->count++] = value;
}

static void set(struct table *table, struct value key, struct value value) {
  if (key.type == NUMBER && key.as.number >= 1 && key.as.number <= table->count + 1.0) {
    uint32_t index = (uint32_t)key.as.number;
    if (index == key.as.number) {
      if (index <= table->count) table->items[index - 1] = value;
      else append(table, value);
      if (value.type == NIL && index == table->count) table->count--;
      return;
    }
  }
  if (table->pair_room == 0 || (table->used + 1) * 4 > table->pair_room * 3) grow_pairs(table);
  struct pair *pair = find_pair(table, key);
  if (pair->key.type == NIL) table->used++;
  *pair = (struct pair){key, value};
}

/* --- Lexer -------------------------------------------------------------------------------------------------------- */

enum token {
  T_END_OF_TEXT, T_NAME, T_NUMBER, T_STRING, T_AND, T_DO, T_ELSE, T_ELSEIF, T_END, T_FALSE, T_FOR, T_FUNCTION, T_IF, T_LOCAL,
  T_NIL, T_NOT, T_OR, T_RETURN, T_THEN, T_TRUE, T_WHILE, T_EQUAL, T_NOT_EQUAL, T_LESS_EQUAL, T_GREATER_EQUAL, T_CONCAT
  /* others are their characters, from ' ' = 32 on */
};
static const char *const keywords[] = {"and", "do", "else", "elseif", "end", "false", "for", "function", "if",
                                       "local", "nil", "not", "or", "return", "then", "true", "while"};

static struct {
  const char *at, *start;
  unsigned token, length;
  double number;
} lexer;

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

static unsigned word_token(void) {
  for (unsigned i = 0; i < sizeof keywords / sizeof *keywords; i++)
    if (text_length(keywords[i]) == lexer.length && memcmp(keywords[i], lexer.start, lexer.length) == 0) return T_AND + i;
  return T_NAME;
}

static unsigned pair_token(char second, unsigned pair, unsigned single) {
  if (*lexer.at != second) return single;
  lexer.at++;
  return pair;
}

static unsigned read_token(void) {
  while (*lexer.at == ' ' || *lexer.at == '\n') lexer.at++;
  lexer.start = lexer.at;
  char c = *lexer.at;
  if (c == '\0') return T_END_OF_TEXT;
  lexer.at++;
  if (is_letter(c)) {
    while (is_letter(*lexer.at) || is_digit(*lexer.at)) lexer.at++;
    lexer.length = (unsigned)(lexer.at - lexer.start);
    return word_token();
  }
  if (is_digit(c)) {
    lexer.number = c - '0';
    while (is_digit(*lexer.at)) lexer.number = lexer.number * 10 + (*lexer.at++ - '0');
    if (lexer.at[0] == '.' && is_digit(lexer.at[1])) {
      double scale = 0.1;
      for (lexer.at++; is_digit(*lexer.at); scale /= 10) lexer.number += scale * (*lexer.at++ - '0');
    }
    return T_NUMBER;
  }
  switch (c) {
    case '"':
      while (*lexer.at++ != '"') check(lexer.at[-1] != '\0');
      lexer.start++;
      lexer.length = (unsigned)(lexer.at - lexer.start - 1);
      return T_STRING;
    case '=': return pair_token('=', T_EQUAL, '=');
    case '~': return pair_token('=', T_NOT_EQUAL, '~');
    case '<': return pair_token('=', T_LESS_EQUAL, '<');
    case '>': return pair_token('=', T_GREATER_EQUAL, '>');
    case '.': return pair_token('.', T_CONCAT, '.');
    default: return (unsigned char)c;
  }
}

static void advance(void) { lexer.token = read_token(); }
static bool accept(unsigned token) {
  if (lexer.token != token) return false;
  advance();
  return true;
}
static void expect(unsigned token) { check(accept(token)); }

/* --- Compiler ----------------------------------------------------------------------------------------------------- */

enum operation {
  OP_CONSTANT, OP_NIL, OP_TRUE, OP_FALSE, OP_POP, OP_GET_LOCAL, OP_SET_LOCAL, OP_GET_GLOBAL, OP_SET_GLOBAL, OP_GET_UPVALUE,
  OP_SET_UPVALUE, OP_GET_INDEX, OP_SET_INDEX, OP_GET_FIELD, OP_SET_FIELD, OP_TABLE, OP_APPEND, OP_INIT_FIELD, OP_ADD,
  OP_SUBTRACT, OP_MULTIPLY, OP_DIVIDE, OP_REMAINDER, OP_NEGATE, OP_NOT, OP_LENGTH, OP_CONCAT, OP_EQUAL, OP_NOT_EQUAL, OP_LESS,
  OP_LESS_EQUAL, OP_GREATER, OP_GREATER_EQUAL, OP_JUMP, OP_JUMP_IF_FALSE, OP_JUMP_IF_FALSE_KEEP, OP_JUMP_IF_TRUE_KEEP,
  OP_FOR_TEST, OP_FOR_STEP, OP_CALL, OP_CLOSURE, OP_CLOSE, OP_RETURN
};

struct local {
  const char *name;
  unsigned length, depth;
  bool is_captured;
};
struct compiler {
  struct compiler *outer;
  struct function *function;
  struct local locals[MOST_LOCALS];
  unsigned local_count, depth;
};
static struct compiler *compiler;

static unsigned emit(enum operation operation, unsigned operand) {
  struct function *function = compiler->function;
  check(function->code_length < MOST_CODE);
  function->code[function->code_length] = (uint32_t)operation | operand << 8;
  return function->code_length++;
}
static unsigned here(void) { return compiler->function->code_length; }
static void patch(unsigned jump) { compiler->function->code[jump] = (compiler->function->code[jump] & 255) | here() << 8; }

static unsigned constant(struct value value) {
  struct function *function = compiler->function;
  for (unsigned i = 0; i < function->constant_count; i++)
    if (equals(function->constants[i], value)) return i;
  check(function->constant_count < MOST_CONSTANTS);
  function->constants[function->constant_count] = value;
  return function->constant_count++;
}
static unsigned name_constant(void) { return constant(intern(lexer.start, lexer.length)); }

static void declare(const char *name, unsigned length) {
  check(compiler->local_count < MOST_LOCALS);
  compiler->locals[compiler->local_count++] = (struct local){name, length, compiler->depth, false};
}

static int find_local(struct compiler *in, const char *name, unsigned length) {
  for (unsigned i = in->local_count; i-- > 0;)
    if (in->locals[i].length == length && memcmp(in->locals[i].name, name, length) == 0) return (int)i;
  return -1;
}

static int find_upvalue(struct compiler *in, const char *name, unsigned length) {
  if (in->outer == NULL) return -1;
  bool is_local = true;
  int index = find_local(in->outer, name, length);
  if (index >= 0) {
    in->outer->locals[index].is_captured = true;
  } else {
    is_local = false;
    index = find_upvalue(in->outer, name, length);
    if (index < 0) return -1;
  }
  struct function *function = in->function;
  for (unsigned i = 0; i < function->upvalue_count; i++)
    if (function->upvalues[i].index == index && function->upvalues[i].is_local == is_local) return (int)i;
  check(function->upvalue_count < MOST_UPVALUES);
  function->upvalues[function->upvalue_count].index = (uint8_t)index;
  function->upvalues[function->upvalue_count].is_local = is_local;
  return (int)function->upvalue_count++;
}

static void begin_scope(void) { compiler->depth++; }
static void end_scope(void) {
  unsigned kept = compiler->local_count;
  bool is_captured = false;
  for (; kept > 0 && compiler->locals[kept - 1].depth == compiler->depth; kept--)
    is_captured |= compiler->locals[kept - 1].is_captured;
  compiler->depth--;
  if (is_captured) emit(OP_CLOSE, kept);
  else if (kept < compiler->local_count) emit(OP_POP, compiler->local_count - kept);
  compiler->local_count = kept;
}

static void expression(unsigned precedence);
static void block(void);

static void function_body(void) {
  struct compiler inner = {.outer = compiler, .function = &functions[function_count++], .local_count = 0, .depth = 0};
  memset(inner.function, 0, sizeof *inner.function);
  compiler = &inner;
  declare("", 0); /* the closure itself */
  expect('(');
  while (lexer.token == T_NAME) {
    declare(lexer.start, lexer.length);
    inner.function->parameters++;
    advance();
    if (!accept(',')) break;
  }
  expect(')');
  block();
  expect(T_END);
  emit(OP_NIL, 0);
  emit(OP_RETURN, 0);
  compiler = inner.outer;
  emit(OP_CLOSURE, (unsigned)(inner.function - functions));
}

static void table_constructor(void) {
  emit(OP_TABLE, 0);
  while (!accept('}')) {
    const char *start = lexer.start, *at = lexer.at;
    while (*at == ' ') at++;
    if (lexer.token == T_NAME && at[0] == '=' && at[1] != '=') {
      unsigned name = constant(intern(start, lexer.length));
      advance();
      expect('=');
      expression(1);
      emit(OP_INIT_FIELD, name);
    } else {
      expression(1);
      emit(OP_APPEND, 0);
    }
    if (!accept(',')) {
      expect('}');
      return;
    }
  }
}

enum place { PLACE_NONE, PLACE_LOCAL, PLACE_UPVALUE, PLACE_GLOBAL, PLACE_INDEX, PLACE_FIELD };
static const uint8_t getters[] = {0, OP_GET_LOCAL, OP_GET_UPVALUE, OP_GET_GLOBAL, OP_GET_INDEX, OP_GET_FIELD};
static const uint8_t setters[] = {0, OP_SET_LOCAL, OP_SET_UPVALUE, OP_SET_GLOBAL, OP_SET_INDEX, OP_SET_FIELD};
struct place_of {
  enum place place;
  unsigned operand;
};

static struct place_of name_place(void) {
  int index = find_local(compiler, lexer.start, lexer.length);
  if (index >= 0) return (struct place_of){PLACE_LOCAL, (unsigned)index};
  index = find_upvalue(compiler, lexer.start, lexer.length);
  if (index >= 0) return (struct place_of){PLACE_UPVALUE, (unsigned)index};
  return (struct place_of){PLACE_GLOBAL, name_constant()};
}

/* A name with what follows it. What the last part names is left as a place, so that it may be assigned. */
static struct place_of suffixed(void) {
  struct place_of last = {PLACE_NONE, 0};
  if (lexer.token == T_NAME) {
    last = name_place();
    advance();
  } else {
    expect('(');
    expression(1);
    expect(')');
  }
  for (;;) {
    if (lexer.token != '.' && lexer.token != '[' && lexer.token != '(') return last;
    if (last.place != PLACE_NONE) emit(getters[last.place], last.operand);
    if (accept('.')) {
      last = (struct place_of){PLACE_FIELD, name_constant()};
      expect(T_NAME);
    } else if (accept('[')) {
      expression(1);
      expect(']');
      last = (struct place_of){PLACE_INDEX, 0};
    } else {
      unsigned count = 0;
      for (advance(); lexer.token != ')'; count++) {
        expression(1);
        if (!accept(',')) {
          count++;
          break;
        }
      }
      expect(')');
      emit(OP_CALL, count);
      last = (struct place_of){PLACE_NONE, 0};
    }
  }
}

static void unary(void) {
  enum { UNARY = 7 };
  struct place_of place;
  switch (lexer.token) {
    case T_NUMBER: emit(OP_CONSTANT, constant(of_number(lexer.number))); advance(); return;
    case T_STRING: emit(OP_CONSTANT, name_constant()); advance(); return;
    case T_NIL: emit(OP_NIL, 0); advance(); return;
    case T_TRUE: emit(OP_TRUE, 0); advance(); return;
    case T_FALSE: emit(OP_FALSE, 0); advance(); return;
    case T_FUNCTION: advance(); function_body(); return;
    case '{': advance(); table_constructor(); return;
    case '-': advance(); expression(UNARY); emit(OP_NEGATE, 0); return;
    case '#': advance(); expression(UNARY); emit(OP_LENGTH, 0); return;
    case T_NOT: advance(); expression(UNARY); emit(OP_NOT, 0); return;
    default:
      place = suffixed();
      if (place.place != PLACE_NONE) emit(getters[place.place], place.operand);
  }
}

static const struct {
  uint8_t token, precedence, operation;
} operators[] = {
    {T_OR, 1, OP_JUMP_IF_TRUE_KEEP}, {T_AND, 2, OP_JUMP_IF_FALSE_KEEP}, {T_EQUAL, 3, OP_EQUAL}, {T_NOT_EQUAL, 3, OP_NOT_EQUAL},
    {'<', 3, OP_LESS}, {T_LESS_EQUAL, 3, OP_LESS_EQUAL}, {'>', 3, OP_GREATER}, {T_GREATER_EQUAL, 3, OP_GREATER_EQUAL},
    {T_CONCAT, 4, OP_CONCAT}, {'+', 5, OP_ADD}, {'-', 5, OP_SUBTRACT}, {'*', 6, OP_MULTIPLY}, {'/', 6, OP_DIVIDE},
    {'%', 6, OP_REMAINDER},
};

static void expression(unsigned precedence) {
  unary();
  for (;;) {
    unsigned i = 0;
    while (i < sizeof operators / sizeof *operators && operators[i].token != lexer.token) i++;
    if (i == sizeof operators / sizeof *operators || operators[i].precedence < precedence) return;
    advance();
    if (operators[i].precedence <= 2) {
      unsigned jump = emit(operators[i].operation, 0);
      emit(OP_POP, 1);
      expression(operators[i].precedence + 1u);
      patch(jump);
    } else {
      expression(operators[i].precedence + 1u);
      emit(operators[i].operation, 0);
    }
  }
}

static void if_statement(void) {
  unsigned ends[8], count = 0;
  for (;;) {
    expression(1);
    expect(T_THEN);
    unsigned skip = emit(OP_JUMP_IF_FALSE, 0);
    block();
    check(count < 8);
    ends[count++] = emit(OP_JUMP, 0);
    patch(skip);
    if (accept(T_ELSEIF)) continue;
    if (accept(T_ELSE)) block();
    expect(T_END);
    break;
  }
  while (count > 0) patch(ends[--count]);
}

static void while_statement(void) {
  unsigned start = here();
  expression(1);
  expect(T_DO);
  unsigned leave = emit(OP_JUMP_IF_FALSE, 0);
  block();
  expect(T_END);
  emit(OP_JUMP, start);
  patch(leave);
}

static void for_statement(void) {
  begin_scope();
  const char *name = lexer.start;
  unsigned length = lexer.length;
  expect(T_NAME);
  expect('=');
  expression(1);
  declare(name, length);
  expect(',');
  expression(1);
  declare("", 0);
  unsigned slot = compiler->local_count - 2, test = emit(OP_FOR_TEST, slot), leave = emit(OP_JUMP, 0);
  expect(T_DO);
  block();
  expect(T_END);
  emit(OP_FOR_STEP, slot);
  emit(OP_JUMP, test);
  patch(leave);
  end_scope();
}

static void local_statement(void) {
  bool is_function = accept(T_FUNCTION);
  const char *name = lexer.start;
  unsigned length = lexer.length;
  expect(T_NAME);
  if (is_function) {
    emit(OP_NIL, 0);
    declare(name, length);
    function_body();
    emit(OP_SET_LOCAL, compiler->local_count - 1);
    return;
  }
  if (accept('=')) expression(1);
  else emit(OP_NIL, 0);
  declare(name, length);
}

static void statement(void) {
  if (accept(T_LOCAL)) local_statement();
  else if (accept(T_IF)) if_statement();
  else if (accept(T_WHILE)) while_statement();
  else if (accept(T_FOR)) for_statement();
  else if (accept(T_FUNCTION)) {
    unsigned name = name_constant();
    expect(T_NAME);
    function_body();
    emit(OP_SET_GLOBAL, name);
  } else if (accept(T_RETURN)) {
    if (lexer.token == T_END || lexer.token == T_ELSE || lexer.token == T_ELSEIF) emit(OP_NIL, 0);
    else expression(1);
    emit(OP_RETURN, 0);
  } else {
    struct place_of place = suffixed();
    if (place.place == PLACE_NONE) {
      emit(OP_POP, 1);
    } else {
      expect('=');
      expression(1);
      emit(setters[place.place], place.operand);
    }
  }
  accept(';');
}

static void block(void) {
  begin_scope();
  while (lexer.token != T_END && lexer.token != T_ELSE && lexer.token != T_ELSEIF && lexer.token != T_END_OF_TEXT) statement();
  end_scope();
}

static struct function *compile(const char *text) {
  struct compiler main = {.outer = NULL, .function = &functions[function_count++]};
  memset(main.function, 0, sizeof *main.function);
  compiler = &main;
  declare("", 0);
  lexer.at = text;
  advance();
  block();
  check(lexer.token == T_END_OF_TEXT);
  emit(OP_NIL, 0);
  emit(OP_RETURN, 0);
  return main.function;
}

/* --- The machine -------------------------------------------------------------------------------------------------- */

static void push(struct value value) {
  check(vm.top < vm.stack + STACK);
  *vm.top++ = value;
}

static struct upvalue *capture(struct value *place) {
  struct upvalue **link = &vm.open;
  while (*link != NULL && (*link)->place > place) link = &(*link)->next_open;
  if (*link != NULL && (*link)->place == place) return *link;
  struct upvalue *upvalue = new_object(KIND_UPVALUE, sizeof *upvalue);
  upvalue->place = place;
  upvalue->next_open = *link;
  return *link = upvalue;
}

static void close_upvalues(struct value *from) {
  for (; vm.open != NULL && vm.open->place >= from; vm.open = vm.open->next_open) {
    vm.open->closed = *vm.open->place;
    vm.open->place = &vm.open->closed;
  }
}

static void make_closure(struct function *function, const struct frame *frame) {
  size_t bytes = sizeof(struct closure) + function->upvalue_count * sizeof(struct upvalue *);
  struct closure *closure = new_object(KIND_CLOSURE, bytes);
  closure->function = function;
  push(of_object(CLOSURE, closure));
  for (unsigned i = 0; i < function->upvalue_count; i++) {
    unsigned index = function->upvalues[i].index;
    struct upvalue *upvalue =
        function->upvalues[i].is_local ? capture(frame->base + index) : frame->closure->upvalues[index];
    closure->upvalues[i] = upvalue;
  }
}

static size_t write_number(double number, char *to) {
  char digits[24];
  size_t count = 0, length = 0;
  check(number == (double)(int64_t)number);
  uint64_t rest = (uint64_t)(number < 0 ? -number : number);
  if (number < 0) to[length++] = '-';
  do digits[count++] = (char)('0' + rest % 10);
  while ((rest /= 10) > 0);
  while (count > 0) to[length++] = digits[--count];
  return length;
}

static size_t text_of(struct value value, char *to, size_t room) {
  if (value.type == NUMBER) return write_number(value.as.number, to);
  struct string *string = string_of(value);
  check(string->length <= room);
  memcpy(to, string->text, string->length);
  return string->length;
}

static void concatenate(void) {
  char text[512];
  size_t length = text_of(vm.top[-2], text, 256);
  length += text_of(vm.top[-1], text + length, 256);
  struct value result = intern(text, length);
  vm.top--;
  vm.top[-1] = result;
}

static int compare(struct value one, struct value other) {
  if (one.type == NUMBER) {
    double a = one.as.number, b = number_of(other);
    return a < b ? -1 : a > b;
  }
  struct string *a = string_of(one), *b = string_of(other);
  int order = memcmp(a->text, b->text, a->length < b->length ? a->length : b->length);
  return order != 0 ? order : a->length < b->length ? -1 : a->length > b->length;
}

static double remainder_of(double a, double b) {
  double quotient = a / b, whole = (double)(int64_t)quotient;
  if (whole > quotient) whole -= 1;
  return a - whole * b;
}

static void arithmetic(enum operation operation) {
  double b = number_of(vm.top[-1]), a = number_of(vm.top[-2]), result;
  vm.top--;
  switch (operation) {
    case OP_ADD: result = a + b; break;
    case OP_SUBTRACT: result = a - b; break;
    case OP_MULTIPLY: result = a * b; break;
    case OP_DIVIDE: result = a / b; break;
    default: result = remainder_of(a, b); break;
  }
  vm.top[-1] = of_number(result);
}

static void call(unsigned count) {
  struct value callee = vm.top[-1 - (int)count];
  if (callee.type == BUILTIN) {
    struct value result = callee.as.builtin(vm.top - count, count);
    vm.top -= count;
    vm.top[-1] = result;
    return;
  }
  check(callee.type == CLOSURE && vm.depth < FRAMES);
  if (++vm.calls % 64 == 0) bench_step();
  struct closure *closure = (struct closure *)callee.as.object;
  for (; count < closure->function->parameters; count++) push(nil());
  vm.top -= count - closure->function->parameters;
  vm.frames[vm.depth++] = (struct frame){closure, closure->function->code, vm.top - closure->function->parameters - 1};
}

static void run(struct closure *main) {
  push(of_object(CLOSURE, main));
  call(0);
  struct frame *frame = &vm.frames[vm.depth - 1];
  for (;;) {
    uint32_t word = *frame->at++;
    unsigned operand = word >> 8;
    const struct value *constants = frame->closure->function->constants;
    struct value value;
    switch ((enum operation)(word & 255)) {
      case OP_CONSTANT: push(constants[operand]); break;
      case OP_NIL: push(nil()); break;
      case OP_TRUE: push(of_boolean(true)); break;
      case OP_FALSE: push(of_boolean(false)); break;
      case OP_POP: vm.top -= operand; break;
      case OP_GET_LOCAL: push(frame->base[operand]); break;
      case OP_SET_LOCAL: frame->base[operand] = *--vm.top; break;
      case OP_GET_GLOBAL: push(get(vm.globals, constants[operand])); break;
      case OP_SET_GLOBAL: set(vm.globals, constants[operand], *--vm.top); break;
      case OP_GET_UPVALUE: push(*frame->closure->upvalues[operand]->place); break;
      case OP_SET_UPVALUE: *frame->closure->upvalues[operand]->place = *--vm.top; break;
      case OP_GET_INDEX:
        value = get(table_of(vm.top[-2]), vm.top[-1]);
        vm.top--;
        vm.top[-1] = value;
        break;
      case OP_SET_INDEX:
        set(table_of(vm.top[-3]), vm.top[-2], vm.top[-1]);
        vm.top -= 3;
        break;
      case OP_GET_FIELD: vm.top[-1] = get(table_of(vm.top[-1]), constants[operand]); break;
      case OP_SET_FIELD:
        set(table_of(vm.top[-2]), constants[operand], vm.top[-1]);
        vm.top -= 2;
        break;
      case OP_TABLE: push(of_object(TABLE, new_object(KIND_TABLE, sizeof(struct table)))); break;
      case OP_APPEND:
        append(table_of(vm.top[-2]), vm.top[-1]);
        vm.top--;
        break;
      case OP_INIT_FIELD:
        set(table_of(vm.top[-2]), constants[operand], vm.top[-1]);
        vm.top--;
        break;
      case OP_ADD: case OP_SUBTRACT: case OP_MULTIPLY: case OP_DIVIDE: case OP_REMAINDER:
        arithmetic((enum operation)(word & 255));
        break;
      case OP_NEGATE: vm.top[-1] = of_number(-number_of(vm.top[-1])); break;
      case OP_NOT: vm.top[-1] = of_boolean(!is_true(vm.top[-1])); break;
      case OP_LENGTH:
        value = vm.top[-1];
        vm.top[-1] = of_number(value.type == STRING ? string_of(value)->length : table_of(value)->count);
        break;
      case OP_CONCAT: concatenate(); break;
      case OP_EQUAL: vm.top--; vm.top[-1] = of_boolean(equals(vm.top[-1], vm.top[0])); break;
      case OP_NOT_EQUAL: vm.top--; vm.top[-1] = of_boolean(!equals(vm.top[-1], vm.top[0])); break;
      case OP_LESS: vm.top--; vm.top[-1] = of_boolean(compare(vm.top[-1], vm.top[0]) < 0); break;
      case OP_LESS_EQUAL: vm.top--; vm.top[-1] = of_boolean(compare(vm.top[-1], vm.top[0]) <= 0); break;
      case OP_GREATER: vm.top--; vm.top[-1] = of_boolean(compare(vm.top[-1], vm.top[0]) > 0); break;
      case OP_GREATER_EQUAL: vm.top--; vm.top[-1] = of_boolean(compare(vm.top[-1], vm.top[0]) >= 0); break;
      case OP_JUMP: frame->at = frame->closure->function->code + operand; break;
      case OP_JUMP_IF_FALSE:
        if (!is_true(*--vm.top)) frame->at = frame->closure->function->code + operand;
        break;
      case OP_JUMP_IF_FALSE_KEEP:
        if (!is_true(vm.top[-1])) frame->at = frame->closure->function->code + operand;
        break;
      case OP_JUMP_IF_TRUE_KEEP:
        if (is_true(vm.top[-1])) frame->at = frame->closure->function->code + operand;
        break;
      case OP_FOR_TEST: /* steps over the jump that leaves */
        if (number_of(frame->base[operand]) <= number_of(frame->base[operand + 1])) frame->at++;
        break;
      case OP_FOR_STEP:
        close_upvalues(frame->base + operand);
        frame->base[operand].as.number += 1;
        break;
      case OP_CALL:
        call(operand);
        frame = &vm.frames[vm.depth - 1];
        break;
      case OP_CLOSURE: make_closure(&functions[operand], frame); break;
      case OP_CLOSE:
        close_upvalues(frame->base + operand);
        vm.top = frame->base + operand;
        break;
      case OP_RETURN:
        value = vm.top[-1];
        close_upvalues(frame->base);
        vm.top = frame->base;
        push(value);
        if (--vm.depth == 0) return;
        frame = &vm.frames[vm.depth - 1];
        break;
    }
  }
}

/* --- Builtins ----------------------------------------------------------------------------------------------------- */

static struct value builtin_emit(struct value *arguments, unsigned count) {
  for (unsigned i = 0; i < count; i++) {
    struct value value = arguments[i];
    uint64_t hash = value.type == BOOLEAN ? value.as.boolean : value.type == NIL ? 77 : hash_of(value);
    vm.emitted = bench_mix(vm.emitted, hash);
  }
  return nil();
}

static struct value builtin_same(struct value *arguments, unsigned count) {
  bench_step();
  check(count == 2 && equals(arguments[0], arguments[1]));
  return nil();
}

static struct value builtin_floor(struct value *arguments, unsigned count) {
  check(count == 1);
  double number = number_of(arguments[0]), whole = (double)(int64_t)number;
  return of_number(whole > number ? whole - 1 : whole);
}

static struct value builtin_sub(struct value *arguments, unsigned count) {
  check(count == 3);
  struct string *string = string_of(arguments[0]);
  double from = number_of(arguments[1]), to = number_of(arguments[2]);
  if (to > string->length) to = string->length;
  return from > to ? intern("", 0) : intern(string->text + (size_t)from - 1, (size_t)(to - from + 1));
}

static struct value builtin_byte(struct value *arguments, unsigned count) {
  check(count == 2);
  struct string *string = string_of(arguments[0]);
  double at = number_of(arguments[1]);
  return at < 1 || at > string->length ? nil() : of_number((uint8_t)string->text[(size_t)at - 1]);
}

static void define(const char *name, struct value (*builtin)(struct value *, unsigned)) {
  set(vm.globals, intern(name, text_length(name)), (struct value){.type = BUILTIN, .as.builtin = builtin});
}

/* --- The work ----------------------------------------------------------------------------------------------------- */

static const char script[] =
    "function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end "
    "local a = 0; local b = 1; for i = 1, 11 do local c = a + b; a = b; b = c end "
    "same(fib(11), a); emit(a) "
    /* Closures: counters that share a variable, and a list of functions over a loop's variable. */
    "local function counter() local n = 0; return { up = function(by) n = n + by; return n end, get = function() return n end } end "
    "local c = counter(); local adders = {} "
    "for i = 1, 20 do c.up(i); adders[i] = function(x) return x + i end end "
    "same(c.get(), 210) local sum = 0 for i = 1, #adders do sum = adders[i](sum) end same(sum, 210) "
    /* A sieve in a table's array. */
    "local sieve = {} for i = 1, 300 do sieve[i] = true end local primes = 0 "
    "for i = 2, 300 do if sieve[i] then primes = primes + 1; local j = i * i; while j <= 300 do sieve[j] = false; j = j + i end end end "
    "same(primes, 62) "
    /* Words counted in a table's hash, and a quicksort of the words by a function that is given. */
    "local text = \"a ring is a page and a page is a frame and a frame is a ring of bytes in a core of cores\" "
    "local counts = {} local words = {} local start = 1 "
    "for i = 1, #text + 1 do if i > #text or byte(text, i) == 32 then local word = sub(text, start, i - 1) "
    "if counts[word] == nil then counts[word] = 0; words[#words + 1] = word end counts[word] = counts[word] + 1; start = i + 1 end end "
    "local function sort(t, low, high, less) if low >= high then return end local pivot = t[floor((low + high) / 2)] "
    "local i = low; local j = high; while i <= j do while less(t[i], pivot) do i = i + 1 end while less(pivot, t[j]) do j = j - 1 end "
    "if i <= j then local swapped = t[i]; t[i] = t[j]; t[j] = swapped; i = i + 1; j = j - 1 end end "
    "sort(t, low, j, less) sort(t, i, high, less) end "
    "sort(words, 1, #words, function(x, y) return counts[x] > counts[y] or counts[x] == counts[y] and x < y end) "
    "same(words[1], \"a\") for i = 1, #words do emit(words[i], counts[words[i]]) end "
    /* Objects: a binary tree of tables with methods, insertion and a walk; then garbage of strings. */
    "local function insert(tree, key) if tree == nil then return { key = key, size = 1 } end "
    "if key < tree.key then tree.left = insert(tree.left, key) else tree.right = insert(tree.right, key) end "
    "tree.size = tree.size + 1; return tree end "
    "local tree = nil local seed = 7 for i = 1, 60 do seed = (seed * 421 + 17) % 1009; tree = insert(tree, seed) end same(tree.size, 60) "
    "local last = -1 local function walk(tree) if tree == nil then return 0 end local left = walk(tree.left) "
    "same(last <= tree.key, true) last = tree.key; emit(last) return left + 1 + walk(tree.right) end same(walk(tree), 60) "
    "local joined = \"\" for i = 1, 60 do joined = sub(joined .. i .. \",\", 1, 120) end emit(joined) same(#joined, 120) "
    "local strings = {} for i = 1, 150 do strings[\"key\" .. i % 50] = \"value\" .. i end emit(strings.key7, strings.key49) "
    /* A matrix product of numbers with fractions, and a queue of pairs that become garbage. */
    "local function matrix(n, f) local m = {} for i = 1, n do local row = {} for j = 1, n do row[j] = f(i, j) end m[i] = row end return m end "
    "local x = matrix(8, function(i, j) return i / j + 0.5 end) local y = matrix(8, function(i, j) return i * j % 7 - 3 end) "
    "local z = matrix(8, function(i, j) local s = 0 for k = 1, 8 do s = s + x[i][k] * y[k][j] end return s end) "
    "emit(z[1][1], z[3][7], z[8][8]) local queue = nil for i = 1, 200 do queue = { value = i, next = i % 10 ~= 0 and queue or nil } end "
    "same(queue.value, 200) same(queue.next, nil) ";

void prepare(void) {}

uint64_t work(uint64_t rounds) {
  uint64_t checksum = 0;
  for (uint64_t round = 0; round < rounds; round++) {
    arena_reset();
    memset(&vm, 0, sizeof vm);
    vm.memory = arena_take(HEAP_BYTES);
    functions = arena_take(24 * sizeof *functions);
    function_count = 0;
    vm.top = vm.stack;
    vm.limit = COLLECT_BYTES;
    vm.is_compiling = true;
    vm.globals = new_object(KIND_TABLE, sizeof *vm.globals);
    define("emit", builtin_emit);
    define("same", builtin_same);
    define("floor", builtin_floor);
    define("sub", builtin_sub);
    define("byte", builtin_byte);
    struct function *function = compile(script);
    struct closure *main = new_object(KIND_CLOSURE, sizeof *main);
    main->function = function;
    vm.is_compiling = false;
    run(main);
    collect();
    checksum = bench_mix(checksum, vm.emitted);
    checksum = bench_mix(checksum, vm.collections << 32 | vm.freed);
  }
  return checksum;
}
