/*
 * Formulas in C++: a parser to nodes with virtual functions that derive, simplify, evaluate and print themselves;
 * shared pointers that count, vectors, strings, a hash table of nodes and an ordered map (a treap) as templates;
 * visitors; and an event simulation with a priority queue of virtual events.
 *
 * Checked: a derivative agrees with a difference quotient, a simplified formula with the plain one, what is printed is
 * parsed to what it was, the ordered map is in order, and no node is left over. The checksum is of printed formulas and
 * values.
 */
#include "real.h"

inline void *operator new(size_t, void *place) noexcept { return place; }

namespace {

/* --- Memory: free lists by size, over the arena ------------------------------------------------------------------- */

struct Memory {
  void *free[64];
  int64_t live;

  void *take(size_t bytes) {
    size_t slot = (bytes + 15) / 16;
    live++;
    if (slot >= 64 || free[slot] == nullptr) return arena_take(slot * 16);
    void *block = free[slot];
    free[slot] = *static_cast<void **>(block);
    return block;
  }
  void give_back(void *block, size_t bytes) {
    size_t slot = (bytes + 15) / 16;
    live--;
    if (slot >= 64) return;
    *static_cast<void **>(block) = free[slot];
    free[slot] = block;
  }
};
Memory memory;

template <typename T>
T &&move(T &value) { return static_cast<T &&>(value); }

/* --- Containers --------------------------------------------------------------------------------------------------- */

template <typename T>
class Vector {
 public:
  Vector() = default;
  Vector(const Vector &other) {
    for (const T &item : other) push(item);
  }
  Vector &operator=(const Vector &other) = delete;
  ~Vector() {
    for (size_t i = 0; i < count; i++) items[i].~T();
    if (items != nullptr) memory.give_back(items, room * sizeof(T));
  }
  void push(const T &item) {
    if (count == room) grow();
    new (&items[count++]) T(item);
  }
  T pop() {
    T item = items[--count];
    items[count].~T();
    return item;
  }
  size_t size() const { return count; }
  T &operator[](size_t i) { check(i < count); return items[i]; }
  const T &operator[](size_t i) const { check(i < count); return items[i]; }
  T *begin() { return items; }
  T *end() { return items + count; }
  const T *begin() const { return items; }
  const T *end() const { return items + count; }

 private:
  void grow() {
    size_t larger = room == 0 ? 4 : room * 2;
    T *moved = static_cast<T *>(memory.take(larger * sizeof(T)));
    for (size_t i = 0; i < count; i++) {
      new (&moved[i]) T(items[i]);
      items[i].~T();
    }
    if (items != nullptr) memory.give_back(items, room * sizeof(T));
    items = moved;
    room = larger;
  }
  T *items = nullptr;
  size_t count = 0, room = 0;
};

class String {
 public:
  void add(char c) { bytes.push(c); }
  void add(const char *text) { while (*text != '\0') bytes.push(*text++); }
  void add(int64_t number) {
    if (number < 0) add('-'), number = -number;
    if (number >= 10) add(number / 10);
    add(static_cast<char>('0' + number % 10));
  }
  size_t size() const { return bytes.size(); }
  char at(size_t i) const { return i < bytes.size() ? bytes[i] : '\0'; }
  uint64_t hash() const { return hash_bytes(HASH_START, bytes.begin(), bytes.size()); }
  bool operator==(const String &other) const {
    return size() == other.size() && memcmp(bytes.begin(), other.bytes.begin(), size()) == 0;
  }
  bool operator<(const String &other) const {
    size_t least = size() < other.size() ? size() : other.size();
    int order = least == 0 ? 0 : memcmp(bytes.begin(), other.bytes.begin(), least);
    return order != 0 ? order < 0 : size() < other.size();
  }

 private:
  Vector<char> bytes;
};

/* A pointer to what counts how many point to it. */
template <typename T>
class Shared {
 public:
  Shared() = default;
  explicit Shared(T *object) : object(object) { object->users++; }
  Shared(const Shared &other) : object(other.object) { if (object != nullptr) object->users++; }
  Shared &operator=(const Shared &other) {
    Shared copy(other);
    T *mine = object;
    object = copy.object;
    copy.object = mine;
    return *this;
  }
  ~Shared() { if (object != nullptr && --object->users == 0) delete object; }
  T *operator->() const { return object; }
  T &operator*() const { return *object; }
  bool operator==(const Shared &other) const { return object == other.object; }

 private:
  T *object = nullptr;
};

/* A treap: ordered by key, a heap by priorities that a generator gives. */
template <typename Key, typename Value>
class OrderedMap {
  struct Node {
    Key key;
    Value value;
    uint64_t priority;
    Node *left, *right;
  };

 public:
  ~OrderedMap() { remove_all(root); }
  Value &operator[](const Key &key) {
    Value *found = nullptr;
    insert(root, key, found);
    return *found;
  }
  template <typename Visit>
  void each(Visit visit) const { walk(root, visit); }
  size_t size() const { return count; }

 private:
  void insert(Node *&node, const Key &key, Value *&found) {
    if (node == nullptr) {
      state = bench_next(state);
      node = new (memory.take(sizeof(Node))) Node{key, Value(), state, nullptr, nullptr};
      found = &node->value;
      count++;
    } else if (key < node->key) {
      insert(node->left, key, found);
      if (node->left->priority > node->priority) rotate(node, node->left, node->left->right);
    } else if (node->key < key) {
      insert(node->right, key, found);
      if (node->right->priority > node->priority) rotate(node, node->right, node->right->left);
    } else {
      found = &node->value;
    }
  }
  static void rotate(Node *&top, Node *&child, Node *&inner) {
    Node *risen = child;
    child = inner;
    inner = top;
    top = risen;
  }
  template <typename Visit>
  static void walk(const Node *node, Visit &visit) {
    if (node == nullptr) return;
    walk(node->left, visit);
    visit(node->key, node->value);
    walk(node->right, visit);
  }
  static void remove_all(Node *node) {
    if (node == nullptr) return;
    remove_all(node->left);
    remove_all(node->right);
    node->~Node();
    memory.give_back(node, sizeof(Node));
  }
  Node *root = nullptr;
  uint64_t state = 12345;
  size_t count = 0;
};

/* A heap of pointers, ordered by `before`. */
template <typename T>
class PriorityQueue {
 public:
  bool is_empty() const { return items.size() == 0; }
  void push(T *item) {
    items.push(item);
    for (size_t at = items.size() - 1; at > 0 && items[at]->before(*items[(at - 1) / 2]); at = (at - 1) / 2)
      swap(items[at], items[(at - 1) / 2]);
  }
  T *pop() {
    swap(items[0], items[items.size() - 1]);
    T *first = items.pop();
    for (size_t at = 0, child; (child = 2 * at + 1) < items.size(); at = child) {
      if (child + 1 < items.size() && items[child + 1]->before(*items[child])) child++;
      if (!items[child]->before(*items[at])) break;
      swap(items[at], items[child]);
    }
    return first;
  }

 private:
  static void swap(T *&one, T *&other) {
    T *held = one;
    one = other;
    other = held;
  }
  Vector<T *> items;
};

/* --- Formulas ----------------------------------------------------------------------------------------------------- */

class Constant;
class Node;
using Formula = Shared<Node>;

struct Visitor {
  virtual void enter(const Node &node) = 0;
};

class Node {
 public:
  uint32_t users = 0;
  virtual ~Node() = default;
  virtual double evaluate(const double *variables) const = 0;
  virtual Formula derive(unsigned variable) const = 0;
  virtual Formula simplify() const = 0;
  virtual void print(String &to) const = 0;
  virtual void visit(Visitor &visitor) const { visitor.enter(*this); }
  virtual const Constant *constant() const { return nullptr; }
  static void *operator new(size_t bytes) { return memory.take(bytes); }
  static void operator delete(void *block, size_t bytes) { memory.give_back(block, bytes); }
};

class Constant final : public Node {
 public:
  explicit Constant(int64_t value) : value(value) {}
  double evaluate(const double *) const override { return static_cast<double>(value); }
  Formula derive(unsigned) const override { return Formula(new Constant(0)); }
  Formula simplify() const override { return Formula(new Constant(value)); }
  void print(String &to) const override { to.add(value); }
  const Constant *constant() const override { return this; }
  const int64_t value;
};

class Variable final : public Node {
 public:
  explicit Variable(unsigned index) : index(index) {}
  double evaluate(const double *variables) const override { return variables[index]; }
  Formula derive(unsigned variable) const override { return Formula(new Constant(variable == index)); }
  Formula simplify() const override { return Formula(new Variable(index)); }
  void print(String &to) const override { to.add(static_cast<char>('x' + index)); }

 private:
  const unsigned index;
};

bool is_value(const Formula &formula, int64_t value) {
  const Constant *constant = formula->constant();
  return constant != nullptr && constant->value == value;
}

class Binary : public Node {
 public:
  Binary(const Formula &left, const Formula &right) : left(left), right(right) {}
  void print(String &to) const override {
    to.add('(');
    left->print(to);
    to.add(sign());
    right->print(to);
    to.add(')');
  }
  void visit(Visitor &visitor) const override {
    visitor.enter(*this);
    left->visit(visitor);
    right->visit(visitor);
  }
  Formula simplify() const override {
    Formula one = left->simplify(), other = right->simplify();
    if (one->constant() != nullptr && other->constant() != nullptr && folds(other->constant()->value))
      return Formula(new Constant(fold(one->constant()->value, other->constant()->value)));
    return simplified(one, other);
  }

 protected:
  virtual char sign() const = 0;
  virtual int64_t fold(int64_t one, int64_t other) const = 0;
  virtual bool folds(int64_t) const { return true; }
  virtual Formula simplified(const Formula &one, const Formula &other) const = 0;
  const Formula left, right;
};

class Sum final : public Binary {
 public:
  using Binary::Binary;
  double evaluate(const double *variables) const override { return left->evaluate(variables) + right->evaluate(variables); }
  Formula derive(unsigned variable) const override { return Formula(new Sum(left->derive(variable), right->derive(variable))); }

 protected:
  char sign() const override { return '+'; }
  int64_t fold(int64_t one, int64_t other) const override { return one + other; }
  Formula simplified(const Formula &one, const Formula &other) const override {
    if (is_value(one, 0)) return other;
    if (is_value(other, 0)) return one;
    return Formula(new Sum(one, other));
  }
};

class Difference final : public Binary {
 public:
  using Binary::Binary;
  double evaluate(const double *variables) const override { return left->evaluate(variables) - right->evaluate(variables); }
  Formula derive(unsigned variable) const override {
    return Formula(new Difference(left->derive(variable), right->derive(variable)));
  }

 protected:
  char sign() const override { return '-'; }
  int64_t fold(int64_t one, int64_t other) const override { return one - other; }
  Formula simplified(const Formula &one, const Formula &other) const override {
    return is_value(other, 0) ? one : Formula(new Difference(one, other));
  }
};

class Product final : public Binary {
 public:
  using Binary::Binary;
  double evaluate(const double *variables) const override { return left->evaluate(variables) * right->evaluate(variables); }
  Formula derive(unsigned variable) const override {
    Formula first(new Product(left->derive(variable), right)), second(new Product(left, right->derive(variable)));
    return Formula(new Sum(first, second));
  }

 protected:
  char sign() const override { return '*'; }
  int64_t fold(int64_t one, int64_t other) const override { return one * other; }
  Formula simplified(const Formula &one, const Formula &other) const override {
    if (is_value(one, 0) || is_value(other, 1)) return one;
    if (is_value(other, 0) || is_value(one, 1)) return other;
    return Formula(new Product(one, other));
  }
};

class Quotient final : public Binary {
 public:
  using Binary::Binary;
  double evaluate(const double *variables) const override { return left->evaluate(variables) / right->evaluate(variables); }
  Formula derive(unsigned variable) const override {
    Formula first(new Product(left->derive(variable), right)), second(new Product(left, right->derive(variable)));
    return Formula(new Quotient(Formula(new Difference(first, second)), Formula(new Product(right, right))));
  }

 protected:
  char sign() const override { return '/'; }
  int64_t fold(int64_t one, int64_t) const override { return one; }
  bool folds(int64_t other) const override { return other == 1; }
  Formula simplified(const Formula &one, const Formula &other) const override {
    return is_value(other, 1) || is_value(one, 0) ? one : Formula(new Quotient(one, other));
  }
};

class Root final : public Node {
 public:
  explicit Root(const Formula &inner) : inner(inner) {}
  double evaluate(const double *variables) const override { return __builtin_sqrt(inner->evaluate(variables)); }
  Formula derive(unsigned variable) const override {
    Formula twice(new Product(Formula(new Constant(2)), Formula(new Root(inner))));
    return Formula(new Quotient(inner->derive(variable), twice));
  }
  Formula simplify() const override { return Formula(new Root(inner->simplify())); }
  void print(String &to) const override {
    to.add("r(");
    inner->print(to);
    to.add(')');
  }
  void visit(Visitor &visitor) const override {
    visitor.enter(*this);
    inner->visit(visitor);
  }

 private:
  const Formula inner;
};

class Parser {
 public:
  explicit Parser(const String &text) : text(text) {}
  Formula whole() {
    Formula formula = sum();
    check(at == text.size());
    return formula;
  }

 private:
  bool accept(char c) { return text.at(at) == c ? (at++, true) : false; }
  Formula sum() {
    Formula left = product();
    for (;;) {
      if (accept('+')) left = Formula(new Sum(left, product()));
      else if (accept('-')) left = Formula(new Difference(left, product()));
      else return left;
    }
  }
  Formula product() {
    Formula left = primary();
    for (;;) {
      if (accept('*')) left = Formula(new Product(left, primary()));
      else if (accept('/')) left = Formula(new Quotient(left, primary()));
      else return left;
    }
  }
  Formula primary() {
    char c = text.at(at);
    if (accept('(')) {
      Formula inner = sum();
      check(accept(')'));
      return inner;
    }
    if (accept('r')) return Formula(new Root(primary()));
    if (c >= 'x' && c <= 'z') {
      at++;
      return Formula(new Variable(static_cast<unsigned>(c - 'x')));
    }
    int64_t number = 0, sign = accept('-') ? -1 : 1;
    check(text.at(at) >= '0' && text.at(at) <= '9');
    while (text.at(at) >= '0' && text.at(at) <= '9') number = number * 10 + (text.at(at++) - '0');
    return Formula(new Constant(sign * number));
  }
  const String &text;
  size_t at = 0;
};

struct Counter final : Visitor {
  OrderedMap<String, unsigned> &counts;
  explicit Counter(OrderedMap<String, unsigned> &counts) : counts(counts) {}
  void enter(const Node &node) override {
    String text;
    node.print(text);
    counts[text]++;
  }
};

uint64_t mix_double(uint64_t checksum, double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bench_mix(checksum, bits);
}

uint64_t use_formula(const char *source, uint64_t checksum) {
  const double at[3] = {1.25, 2.5, 0.75};
  String text, again, printed;
  text.add(source);
  Formula formula = Parser(text).whole(), simple = formula->simplify();
  check(simple->evaluate(at) == formula->evaluate(at));
  OrderedMap<String, unsigned> counts;
  Counter counter(counts);
  for (unsigned variable = 0; variable < 3; variable++) {
    double near[3] = {at[0], at[1], at[2]};
    near[variable] += 0x1p-20;
    Formula slope = simple->derive(variable)->simplify();
    double exact = slope->evaluate(at), quotient = (simple->evaluate(near) - simple->evaluate(at)) * 0x1p20;
    check(__builtin_fabs(exact - quotient) <= 1e-3 * (1 + __builtin_fabs(exact)));
    checksum = mix_double(checksum, exact);
    slope->visit(counter);
  }
  simple->print(printed);
  Parser(printed).whole()->print(again);
  check(printed == again);
  const String *last = nullptr;
  counts.each([&](const String &key, unsigned count) {
    check(last == nullptr || *last < key);
    last = &key;
    checksum = bench_mix(checksum, key.hash() + count);
  });
  return bench_mix(checksum, printed.hash() + counts.size());
}

/* --- Events: customers at two counters ---------------------------------------------------------------------------- */

class Shop;
class Event {
 public:
  Event(uint64_t time, uint64_t number) : time(time), number(number) {}
  virtual ~Event() = default;
  virtual void happen(Shop &shop) = 0;
  bool before(const Event &other) const { return time != other.time ? time < other.time : number < other.number; }
  static void *operator new(size_t bytes) { return memory.take(bytes); }
  static void operator delete(void *block, size_t bytes) { memory.give_back(block, bytes); }
  const uint64_t time, number;
};

class Shop {
 public:
  uint64_t run(unsigned customers);
  template <typename Kind, typename... Arguments>
  void plan(uint64_t time, Arguments... arguments) { events.push(new Kind(time, numbered++, arguments...)); }
  uint64_t random(uint64_t below) { return (state = bench_next(state)) % below; }
  void arrive(uint64_t now) {
    waiting.push(now);
    serve(now);
  }
  void leave(uint64_t now, unsigned counter) {
    busy[counter] = false;
    served++;
    serve(now);
  }
  unsigned coming = 0;

 private:
  void serve(uint64_t now);
  PriorityQueue<Event> events;
  Vector<uint64_t> waiting;
  size_t next = 0;
  bool busy[2] = {false, false};
  uint64_t numbered = 0, state = 77, served = 0, waited = 0;
};

class Departure final : public Event {
 public:
  Departure(uint64_t time, uint64_t number, unsigned counter) : Event(time, number), counter(counter) {}
  void happen(Shop &shop) override { shop.leave(time, counter); }

 private:
  const unsigned counter;
};

class Arrival final : public Event {
 public:
  using Event::Event;
  void happen(Shop &shop) override {
    shop.arrive(time);
    if (--shop.coming > 0) shop.plan<Arrival>(time + shop.random(20));
  }
};

void Shop::serve(uint64_t now) {
  for (unsigned counter = 0; counter < 2 && next < waiting.size(); counter++) {
    if (busy[counter]) continue;
    busy[counter] = true;
    waited += now - waiting[next++];
    plan<Departure>(now + 5 + random(25), counter);
  }
}

uint64_t Shop::run(unsigned customers) {
  uint64_t now = 0;
  coming = customers;
  plan<Arrival>(0);
  while (!events.is_empty()) {
    Event *event = events.pop();
    check(event->time >= now);
    now = event->time;
    event->happen(*this);
    delete event;
  }
  check(served == customers);
  return bench_mix(waited, now);
}

}  // namespace

/* What a compiler's vtables name; nothing calls it. */
extern "C" void __cxa_pure_virtual() { check(false); }
void operator delete(void *, size_t) noexcept { check(false); }
void operator delete(void *) noexcept { check(false); }

extern "C" void prepare(void) {}

extern "C" uint64_t work(uint64_t rounds) {
  static const char *const formulas[] = {
      "(x+1)*(x-1)*y/(z+2)",
      "r(x*x+y*y+z*z)",
      "(x*1+0*y)/(1+x*x)-3*4*z",
      "x/y/z+(2-x)*(y-2)",
  };
  uint64_t checksum = 0;
  for (uint64_t round = 0; round < rounds; round++) {
    arena_reset();
    memory = Memory();
    for (const char *formula : formulas) {
      checksum = use_formula(formula, checksum);
      bench_step();
    }
    checksum = bench_mix(checksum, Shop().run(60));
    check(memory.live == 0);
  }
  return checksum;
}
