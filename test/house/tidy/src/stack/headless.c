/*
 * stack.c - another file's head
 */
typedef struct stack { int a; } stack_type;
struct tern_stack_t *s;
