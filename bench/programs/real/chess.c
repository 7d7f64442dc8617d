/*
 * Chess: a board of 0x88 squares, all rules of moves (castling, en passant, promotion), and a search: alpha-beta with
 * principal variations, a quiet search of captures, a table of positions by Zobrist's hash, killer moves and history.
 *
 * Checked: the numbers of positions after so many moves (perft) are the published ones for four positions, and after
 * every search the board and its hash, computed anew, are what they were. The checksum is of scores, best moves and
 * nodes.
 */
#include "real.h"

enum { EMPTY, PAWN, KNIGHT, BISHOP, ROOK, QUEEN, KING };
enum { WHITE = 0, BLACK = 8, COLOUR = 8 };
enum { CASTLE_WK = 1, CASTLE_WQ = 2, CASTLE_BK = 4, CASTLE_BQ = 8 };
enum { NO_SQUARE = 127, MOST_MOVES = 256, MOST_DEPTH = 32, TABLE_BITS = 12, INFINITE = 30000, MATE = 29000 };
enum flag { QUIET = 0, CAPTURE = 1, DOUBLE_STEP = 2, EN_PASSANT = 4, CASTLING = 8, PROMOTION = 16 };

struct move {
  uint8_t from, to, flags, promoted;
  int32_t order;
};
struct undo {
  struct move move;
  uint8_t captured, castling, en_passant;
  uint64_t hash;
};
struct entry {
  uint64_t hash;
  int16_t score;
  uint8_t depth, bound;
  uint8_t from, to;
};
enum bound { EXACT = 1, LOWER, UPPER };

static uint8_t board[128], king[2], castling, en_passant, side;
static uint64_t hash;
static struct undo undone[MOST_DEPTH * 4];
static unsigned ply;
static uint64_t zobrist[16][128], zobrist_castling[16], zobrist_en_passant[128], zobrist_side;
static struct entry table[1 << TABLE_BITS];
static struct move killers[MOST_DEPTH * 4][2];
static uint16_t history[16][128];
static uint64_t nodes;

static void count_node(void) {
  if (++nodes % 32 == 0) bench_step();
}

static const int8_t knight_steps[] = {-33, -31, -18, -14, 14, 18, 31, 33, 0};
static const int8_t king_steps[] = {-17, -16, -15, -1, 1, 15, 16, 17, 0};
static const int8_t bishop_steps[] = {-17, -15, 15, 17, 0};
static const int8_t rook_steps[] = {-16, -1, 1, 16, 0};
static const int8_t *const steps[] = {NULL, NULL, knight_steps, bishop_steps, rook_steps, king_steps, king_steps};
static const int16_t worth[] = {0, 100, 320, 330, 500, 900, 0};

static unsigned kind_of(unsigned piece) { return piece & 7; }
static bool is_off(int square) { return (square & 0x88) != 0; }
static bool is_own(unsigned piece) { return piece != EMPTY && (piece & COLOUR) == side; }
static bool is_foe(unsigned piece) { return piece != EMPTY && (piece & COLOUR) != side; }

/* --- The board ---------------------------------------------------------------------------------------------------- */

static void put(unsigned square, unsigned piece) {
  board[square] = (uint8_t)piece;
  hash ^= zobrist[piece][square];
  if (kind_of(piece) == KING) king[piece >> 3] = (uint8_t)square;
}

static void take(unsigned square) {
  hash ^= zobrist[board[square]][square];
  board[square] = EMPTY;
}

static void set_castling(unsigned rights) {
  hash ^= zobrist_castling[castling] ^ zobrist_castling[rights];
  castling = (uint8_t)rights;
}

static void set_en_passant(unsigned square) {
  hash ^= zobrist_en_passant[en_passant] ^ zobrist_en_passant[square];
  en_passant = (uint8_t)square;
}

static uint64_t full_hash(void) {
  uint64_t sum = zobrist_castling[castling] ^ zobrist_en_passant[en_passant] ^ (side == BLACK ? zobrist_side : 0);
  for (int square = 0; square < 128; square++)
    if (!is_off(square) && board[square] != EMPTY) sum ^= zobrist[board[square]][square];
  return sum;
}

/* Forsyth-Edwards Notation, to the en passant square. */
static void read_position(const char *text) {
  static const char letters[] = " PNBRQK  pnbrqk";
  memset(board, EMPTY, sizeof board);
  int square = 0x70;
  for (; *text != ' '; text++) {
    if (*text == '/') {
      square -= 24;
    } else if (*text >= '1' && *text <= '8') {
      square += *text - '0';
    } else {
      unsigned piece = 1;
      while (letters[piece] != *text) piece++;
      put((unsigned)square++, piece);
    }
  }
  side = *++text == 'w' ? WHITE : BLACK;
  castling = 0;
  for (text += 2; *text != ' '; text++)
    castling |= *text == 'K' ? CASTLE_WK : *text == 'Q' ? CASTLE_WQ : *text == 'k' ? CASTLE_BK : *text == 'q' ? CASTLE_BQ : 0;
  text++;
  en_passant = *text == '-' ? NO_SQUARE : (uint8_t)((text[1] - '1') * 16 + text[0] - 'a');
  ply = 0;
  hash = full_hash();
}

static bool slides_onto(int square, const int8_t *directions, unsigned kind, unsigned by) {
  for (; *directions != 0; directions++) {
    int at = square + *directions;
    while (!is_off(at) && board[at] == EMPTY) at += *directions;
    if (is_off(at) || (board[at] & COLOUR) != by) continue;
    if (kind_of(board[at]) == kind || kind_of(board[at]) == QUEEN) return true;
  }
  return false;
}

static bool steps_onto(int square, const int8_t *directions, unsigned piece) {
  for (; *directions != 0; directions++)
    if (!is_off(square + *directions) && board[square + *directions] == piece) return true;
  return false;
}

static bool is_attacked(int square, unsigned by) {
  int forward = by == WHITE ? 16 : -16;
  for (int side_step = -1; side_step <= 1; side_step += 2) {
    int from = square - forward + side_step;
    if (!is_off(from) && board[from] == (PAWN | by)) return true;
  }
  return steps_onto(square, knight_steps, KNIGHT | by) || steps_onto(square, king_steps, KING | by) ||
         slides_onto(square, bishop_steps, BISHOP, by) || slides_onto(square, rook_steps, ROOK, by);
}

static bool in_check(unsigned colour) { return is_attacked(king[colour >> 3], colour ^ COLOUR); }

/* --- Moves -------------------------------------------------------------------------------------------------------- */

static struct move *add(struct move *moves, int from, int to, unsigned flags) {
  *moves = (struct move){(uint8_t)from, (uint8_t)to, (uint8_t)flags, 0, 0};
  return moves + 1;
}

static struct move *add_pawn(struct move *moves, int from, int to, unsigned flags) {
  if (to >> 4 != 0 && to >> 4 != 7) return add(moves, from, to, flags);
  for (unsigned kind = QUEEN; kind >= KNIGHT; kind--) {
    moves = add(moves, from, to, flags | PROMOTION);
    moves[-1].promoted = (uint8_t)(kind | side);
  }
  return moves;
}

static struct move *pawn_moves(struct move *moves, int from, bool only_captures) {
  int forward = side == WHITE ? 16 : -16, start = side == WHITE ? 1 : 6;
  for (int to = from + forward - 1; to <= from + forward + 1; to += 2) {
    if (is_off(to)) continue;
    if (is_foe(board[to])) moves = add_pawn(moves, from, to, CAPTURE);
    else if (to == en_passant) moves = add(moves, from, to, CAPTURE | EN_PASSANT);
  }
  int to = from + forward;
  if (board[to] != EMPTY || (only_captures && to >> 4 != 0 && to >> 4 != 7)) return moves;
  moves = add_pawn(moves, from, to, QUIET);
  if (!only_captures && from >> 4 == start && board[to + forward] == EMPTY)
    moves = add(moves, from, to + forward, DOUBLE_STEP);
  return moves;
}

static struct move *castling_moves(struct move *moves) {
  int home = side == WHITE ? 4 : 0x74;
  unsigned foe = side ^ COLOUR, kingside = side == WHITE ? CASTLE_WK : CASTLE_BK, queenside = kingside << 1;
  if ((castling & (kingside | queenside)) == 0 || is_attacked(home, foe)) return moves;
  if ((castling & kingside) != 0 && board[home + 1] == EMPTY && board[home + 2] == EMPTY && !is_attacked(home + 1, foe))
    moves = add(moves, home, home + 2, CASTLING);
  if ((castling & queenside) != 0 && board[home - 1] == EMPTY && board[home - 2] == EMPTY && board[home - 3] == EMPTY &&
      !is_attacked(home - 1, foe))
    moves = add(moves, home, home - 2, CASTLING);
  return moves;
}

/* All moves, those that leave the king in check among them. Returns the list's end. */
static struct move *all_moves(struct move *moves, bool only_captures) {
  for (int from = 0; from < 128; from++) {
    if (is_off(from) || !is_own(board[from])) continue;
    unsigned kind = kind_of(board[from]);
    if (kind == PAWN) {
      moves = pawn_moves(moves, from, only_captures);
      continue;
    }
    for (const int8_t *step = steps[kind]; *step != 0; step++) {
      for (int to = from + *step; !is_off(to); to += *step) {
        if (is_own(board[to])) break;
        if (board[to] != EMPTY) moves = add(moves, from, to, CAPTURE);
        else if (!only_captures) moves = add(moves, from, to, QUIET);
        if (board[to] != EMPTY || kind == KNIGHT || kind == KING) break;
      }
    }
  }
  return only_captures ? moves : castling_moves(moves);
}

/* The rights that remain when a piece moves from, or to, a square. */
static unsigned rights_kept(unsigned square) {
  switch (square) {
    case 0x00: return 15 & ~CASTLE_WQ;
    case 0x04: return 15 & ~(CASTLE_WK | CASTLE_WQ);
    case 0x07: return 15 & ~CASTLE_WK;
    case 0x70: return 15 & ~CASTLE_BQ;
    case 0x74: return 15 & ~(CASTLE_BK | CASTLE_BQ);
    case 0x77: return 15 & ~CASTLE_BK;
    default: return 15;
  }
}

static void move_rook(unsigned king_to, bool back) {
  bool is_kingside = (king_to & 7) == 6;
  unsigned corner = is_kingside ? king_to + 1 : king_to - 2, inside = is_kingside ? king_to - 1 : king_to + 1;
  unsigned from = back ? inside : corner, to = back ? corner : inside, rook = board[from];
  take(from);
  put(to, rook);
}

static unsigned captured_square(const struct move *move) {
  if ((move->flags & EN_PASSANT) == 0) return move->to;
  return side == WHITE ? move->to - 16u : move->to + 16u;
}

static void undo_move(void);

/* Returns false, and does nothing, where the move leaves the own king in check. */
static bool make_move(const struct move *move) {
  struct undo *undo = &undone[ply++];
  *undo = (struct undo){*move, EMPTY, castling, en_passant, hash};
  if ((move->flags & CAPTURE) != 0) {
    unsigned square = captured_square(move);
    undo->captured = board[square];
    take(square);
  }
  unsigned piece = board[move->from];
  take(move->from);
  put(move->to, (move->flags & PROMOTION) != 0 ? move->promoted : piece);
  if ((move->flags & CASTLING) != 0) move_rook(move->to, false);
  set_castling(castling & rights_kept(move->from) & rights_kept(move->to));
  set_en_passant((move->flags & DOUBLE_STEP) != 0 ? (move->from + move->to) / 2u : NO_SQUARE);
  side ^= COLOUR;
  hash ^= zobrist_side;
  if (!in_check(side ^ COLOUR)) return true;
  undo_move();
  return false;
}

static void undo_move(void) {
  const struct undo *undo = &undone[--ply];
  const struct move *move = &undo->move;
  side ^= COLOUR;
  unsigned piece = (move->flags & PROMOTION) != 0 ? (unsigned)(PAWN | side) : board[move->to];
  if ((move->flags & CASTLING) != 0) move_rook(move->to, true);
  take(move->to);
  put(move->from, piece);
  if (undo->captured != EMPTY) put(captured_square(move), undo->captured);
  castling = undo->castling;
  en_passant = undo->en_passant;
  hash = undo->hash;
}

static uint64_t perft(unsigned depth) {
  struct move moves[MOST_MOVES], *end = all_moves(moves, false);
  uint64_t count = 0;
  for (struct move *move = moves; move < end; move++) {
    if (!make_move(move)) continue;
    count += depth == 1 ? 1 : perft(depth - 1);
    undo_move();
  }
  if (depth == 1) bench_step();
  return count;
}

/* --- Judgement ---------------------------------------------------------------------------------------------------- */

static int centre_of(int square) {
  int file = square & 7, rank = square >> 4;
  int from_side = file < 4 ? file : 7 - file, from_end = rank < 4 ? rank : 7 - rank;
  return from_side + from_end;
}

static int mobility(int from, const int8_t *directions) {
  int count = 0;
  for (; *directions != 0; directions++)
    for (int to = from + *directions; !is_off(to); to += *directions) {
      count++;
      if (board[to] != EMPTY) break;
    }
  return count;
}

static int pawn_worth(int square, unsigned colour, const uint8_t files[2][10]) {
  int file = (square & 7) + 1, rank = colour == WHITE ? square >> 4 : 7 - (square >> 4), score = rank * rank;
  unsigned own = colour >> 3;
  if (files[own][file] > 1) score -= 12;
  if (files[own][file - 1] == 0 && files[own][file + 1] == 0) score -= 10;
  if (files[1 - own][file] == 0 && files[1 - own][file - 1] == 0 && files[1 - own][file + 1] == 0) score += 8 * rank;
  return score;
}

static int king_worth(int square, unsigned colour, int material) {
  if (material < 2600) return 6 * centre_of(square);
  int shield = 0, forward = colour == WHITE ? 16 : -16;
  for (int to = square + forward - 1; to <= square + forward + 1; to++)
    if (!is_off(to) && board[to] == (PAWN | colour)) shield += 9;
  return shield - 8 * centre_of(square);
}

static int evaluate(void) {
  uint8_t files[2][10] = {{0}};
  int material = 0, score = 0;
  unsigned bishops[2] = {0, 0};
  for (int square = 0; square < 128; square++) {
    if (is_off(square) || board[square] == EMPTY) continue;
    if (kind_of(board[square]) == PAWN) files[board[square] >> 3][(square & 7) + 1]++;
    material += worth[kind_of(board[square])];
  }
  for (int square = 0; square < 128; square++) {
    if (is_off(square)) continue;
    unsigned piece = board[square], colour = piece & COLOUR;
    int value = worth[kind_of(piece)];
    switch (kind_of(piece)) {
      case EMPTY: continue;
      case PAWN: value += pawn_worth(square, colour, files); break;
      case KNIGHT: value += 6 * centre_of(square) - 16; break;
      case BISHOP:
        value += 3 * mobility(square, bishop_steps);
        if (++bishops[colour >> 3] == 2) value += 30;
        break;
      case ROOK:
        value += 2 * mobility(square, rook_steps);
        if (files[colour >> 3][(square & 7) + 1] == 0) value += 15;
        break;
      case QUEEN: value += centre_of(square) + mobility(square, king_steps); break;
      default: value += king_worth(square, colour, material);
    }
    score += colour == WHITE ? value : -value;
  }
  return side == WHITE ? score : -score;
}

/* --- Search ------------------------------------------------------------------------------------------------------- */

static bool is_same(const struct move *one, unsigned from, unsigned to) { return one->from == from && one->to == to; }

static void order_moves(struct move *moves, struct move *end, const struct entry *known) {
  for (struct move *move = moves; move < end; move++) {
    if (known != NULL && is_same(move, known->from, known->to)) move->order = 1 << 20;
    else if ((move->flags & CAPTURE) != 0)
      move->order = (1 << 18) + 8 * worth[kind_of(board[captured_square(move)])] - worth[kind_of(board[move->from])];
    else if ((move->flags & PROMOTION) != 0) move->order = (1 << 17) + worth[kind_of(move->promoted)];
    else if (is_same(move, killers[ply][0].from, killers[ply][0].to)) move->order = (1 << 17) - 1;
    else if (is_same(move, killers[ply][1].from, killers[ply][1].to)) move->order = (1 << 17) - 2;
    else move->order = history[board[move->from]][move->to];
  }
}

/* The best of the moves that are left comes first. */
static void select_move(struct move *first, struct move *end) {
  struct move *best = first;
  for (struct move *move = first + 1; move < end; move++)
    if (move->order > best->order) best = move;
  struct move moved = *first;
  *first = *best;
  *best = moved;
}

static int quiet_search(int alpha, int beta) {
  count_node();
  int score = evaluate();
  if (score >= beta || ply >= MOST_DEPTH) return score;
  if (score > alpha) alpha = score;
  struct move moves[MOST_MOVES], *end = all_moves(moves, true);
  order_moves(moves, end, NULL);
  for (struct move *move = moves; move < end; move++) {
    select_move(move, end);
    /* What could not reach alpha even if nothing took back. */
    if ((move->flags & PROMOTION) == 0 && score + worth[kind_of(board[captured_square(move)])] + 150 < alpha) continue;
    if (!make_move(move)) continue;
    int value = -quiet_search(-beta, -alpha);
    undo_move();
    if (value >= beta) return value;
    if (value > alpha) alpha = value;
  }
  return alpha;
}

static void remember(int depth, int score, enum bound bound, const struct move *best) {
  struct entry *entry = &table[hash >> (64 - TABLE_BITS)];
  if (entry->hash == hash && entry->depth > depth) return;
  *entry = (struct entry){hash, (int16_t)score, (uint8_t)depth, (uint8_t)bound, best->from, best->to};
}

static bool is_repeated(void) {
  for (unsigned back = 4; back <= ply; back += 2)
    if (undone[ply - back].hash == hash) return true;
  return false;
}

static int search(int depth, int alpha, int beta, struct move *chosen) {
  bool checked = in_check(side);
  if (checked && ply < 12) depth++;
  if (depth <= 0) return quiet_search(alpha, beta);
  count_node();
  if (chosen == NULL && is_repeated()) return 0;
  const struct entry *entry = &table[hash >> (64 - TABLE_BITS)], *known = entry->hash == hash ? entry : NULL;
  if (known != NULL && chosen == NULL && known->depth >= depth) {
    if (known->bound == EXACT || (known->bound == LOWER && known->score >= beta) || (known->bound == UPPER && known->score <= alpha))
      return known->score;
  }
  struct move moves[MOST_MOVES], *end = all_moves(moves, false), best = {0};
  order_moves(moves, end, known);
  int best_score = -INFINITE, old_alpha = alpha;
  unsigned tried = 0;
  for (struct move *move = moves; move < end; move++) {
    select_move(move, end);
    unsigned mover = board[move->from];
    if (!make_move(move)) continue;
    int score;
    if (tried++ == 0) {
      score = -search(depth - 1, -beta, -alpha, NULL);
    } else {
      /* Late quiet moves are looked at with less depth first, and all with an empty window. */
      int less = tried > 4 && depth > 2 && (move->flags & (CAPTURE | PROMOTION)) == 0 && !checked ? 1 : 0;
      score = -search(depth - 1 - less, -alpha - 1, -alpha, NULL);
      if (score > alpha && (less != 0 || score < beta)) score = -search(depth - 1, -beta, -alpha, NULL);
    }
    undo_move();
    if (score > best_score) {
      best_score = score;
      best = *move;
      if (score > alpha) alpha = score;
    }
    if (alpha < beta) continue;
    if ((move->flags & CAPTURE) == 0) {
      if (!is_same(move, killers[ply][0].from, killers[ply][0].to)) killers[ply][1] = killers[ply][0];
      killers[ply][0] = *move;
      history[mover][move->to] = (uint16_t)(history[mover][move->to] + depth * depth);
    }
    break;
  }
  if (tried == 0) return checked ? -MATE + (int)ply : 0;
  remember(depth, best_score, best_score >= beta ? LOWER : best_score > old_alpha ? EXACT : UPPER, &best);
  if (chosen != NULL) *chosen = best;
  return best_score;
}

/* --- The work ----------------------------------------------------------------------------------------------------- */

/* The positions and their numbers are those of chessprogramming.org's page "Perft Results". */
static const struct {
  const char *position;
  unsigned depth;
  uint64_t count;
  int search_depth;
} positions[] = {
    {"rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq -", 2, 400, 2},
    {"r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq -", 2, 2039, 0},
    {"8/2p5/3p4/KP5r/1R3p1k/8/4P1P1/8 w - -", 2, 191, 3},
    {"r2q1rk1/pP1p2pp/Q4n2/bbp1p3/Np6/1B3NBn/pPPP1PPP/R3K2R b KQ -", 2, 264, 0},
};

void prepare(void) {
  uint64_t state = 1851;
  for (unsigned piece = 1; piece < 16; piece++)
    for (unsigned square = 0; square < 128; square++) zobrist[piece][square] = state = bench_next(state);
  for (unsigned i = 0; i < 16; i++) zobrist_castling[i] = state = bench_next(state);
  for (unsigned i = 0; i < 127; i++) zobrist_en_passant[i] = state = bench_next(state);
  zobrist_side = bench_next(state);
}

uint64_t work(uint64_t rounds) {
  uint64_t checksum = 0;
  for (uint64_t round = 0; round < rounds; round++) {
    memset(table, 0, sizeof table);
    memset(killers, 0, sizeof killers);
    memset(history, 0, sizeof history);
    nodes = 0;
    for (unsigned i = 0; i < sizeof positions / sizeof *positions; i++) {
      read_position(positions[i].position);
      check(perft(positions[i].depth) == positions[i].count);
      struct move best = {0};
      int score = 0;
      for (int depth = 1; depth <= positions[i].search_depth; depth++) score = search(depth, -INFINITE, INFINITE, &best);
      check(ply == 0 && hash == full_hash());
      checksum = bench_mix(checksum, (uint64_t)(score + INFINITE) << 16 | (uint64_t)best.from << 8 | best.to);
    }
    checksum = bench_mix(checksum, nodes);
  }
  return checksum;
}
