// The words of the language. What stands between them is the business of compiler/syntax/tokens.cpp: it drops ends of
// lines that end nothing, balances brackets and texts, and sets the comments aside.
//
// The lexer reads bytes. A byte beyond ASCII arrives as \u007F, so that it stays on the lexer's fast path; the
// places of tokens are byte offsets.
lexer grammar FlowLexer;

// Types that tokens.cpp makes of others.
tokens { SEP, CALL_OPEN, NOT_IN, STARTS_WITH, ENDS_WITH, END_OF_LINE_IN_TEXT, TEXT, ESCAPE, BAD_ESCAPE, TEXT_CLOSE,
         INTERPOLATION_OPEN, INTERPOLATION_CLOSE, BLOCK_IN_INTERPOLATION, COMMENT_IN_INTERPOLATION }

AND: 'and';
OR: 'or';
NOT: 'not';
IN: 'in';
IS: 'is';
CONTAINS: 'contains';
MATCHES: 'matches';
STARTS: 'starts';
ENDS: 'ends';
ELSE: 'else';
TRUE: 'true';
FALSE: 'false';

NAME: Name;
DATETIME: Date 'T' Clock;
DATE: Date;
TIME: Clock;
NUMBER: Number;
QUANTITY: Number ('%' | Letter+ (Digit+ Letter+)*);
// Anything else that begins with a digit and does not end at a place where a word may end.
MALFORMED: '-'? Digit Alnum* ('.' Digit Alnum*)* ([:-] Digit Alnum*)*;

REGEX: '/' RegexFirst RegexRest* '/';
OPEN_REGEX: '/' (RegexFirst RegexRest*)?;
COMMENT: '//' ~[\n]*;

BLOCK_TEXT_OPEN: '"""' -> pushMode(BLOCK);
TEXT_OPEN: '"' -> pushMode(LINE);

ARROW: '=>';
EQ: '==';
NE: '!=';
FOLD_EQ: '~=';
LE: '<=';
GE: '>=';
LT: '<';
GT: '>';
ASSIGN: '=';
PLUS: '+';
MINUS: '-';
STAR: '*';
RANGE: '..';
DOT: '.';
COALESCE: '??';
QUESTION: '?';
COLON: ':';
COMMA: ',';
SEMICOLON: ';';
OPEN_PAREN: '(';
CLOSE_PAREN: ')';
OPEN_BRACKET: '[';
CLOSE_BRACKET: ']';
OPEN_BRACE: '{';
CLOSE_BRACE: '}';

NEWLINE: '\r'? '\n';
SPACE: [ \t\r]+ -> skip;
// Spellings of other languages, so that the message can name ours.
FOREIGN: '->' | '&&' | '||' | '!' | '/*' | ':=' | '===' | '**';
UNKNOWN: Beyond+ | .;

fragment Name: Letter Alnum* | '_' Alnum*;
fragment Number: '-'? Digit+ ('.' Digit+)?;
fragment Date: Digit Digit Digit Digit '-' Digit Digit '-' Digit Digit;
fragment Clock: Digit Digit ':' Digit Digit;
fragment Digit: [0-9];
fragment Letter: [A-Za-z];
fragment Alnum: [A-Za-z0-9_];
fragment Beyond: [\u007F];
fragment RegexFirst: ~[/*\\\n] | '\\' ~[\n];
fragment RegexRest: ~[/\\\n] | '\\' ~[\n];

// Between `"` and `"`.
mode LINE;
LINE_CLOSE: '"' -> type(TEXT_CLOSE), popMode;
LINE_TEXT: ~["\\{\n]+ -> type(TEXT);
LINE_BRACE: '{' -> type(TEXT);
LINE_INTERPOLATION: '{{' -> type(INTERPOLATION_OPEN), pushMode(INTERPOLATION);
LINE_ESCAPE: Escape -> type(ESCAPE);
LINE_BAD_ESCAPE: '\\' (Beyond+ | ~[\n])? -> type(BAD_ESCAPE);
LINE_END: '\n' -> type(END_OF_LINE_IN_TEXT);

fragment Escape: '\\' ([nt"\\{] | 'u{' [0-9A-Fa-f]+ '}');

// Between `"""` and `"""`.
mode BLOCK;
BLOCK_CLOSE: '"""' -> popMode;
BLOCK_PIECE: ~["\\{]+ -> type(TEXT);
BLOCK_CHARACTER: ["{] -> type(TEXT);
BLOCK_INTERPOLATION: '{{' -> type(INTERPOLATION_OPEN), pushMode(INTERPOLATION);
BLOCK_ESCAPE: Escape -> type(ESCAPE);
BLOCK_BAD_ESCAPE: '\\' (Beyond+ | ~[\n])? -> type(BAD_ESCAPE);

// Between `{{` and `}}`: an expression, which has no braces of its own.
mode INTERPOLATION;
I_CLOSE: '}}' -> type(INTERPOLATION_CLOSE), popMode;
I_AND: 'and' -> type(AND);
I_OR: 'or' -> type(OR);
I_NOT: 'not' -> type(NOT);
I_IN: 'in' -> type(IN);
I_IS: 'is' -> type(IS);
I_CONTAINS: 'contains' -> type(CONTAINS);
I_MATCHES: 'matches' -> type(MATCHES);
I_STARTS: 'starts' -> type(STARTS);
I_ENDS: 'ends' -> type(ENDS);
I_ELSE: 'else' -> type(ELSE);
I_TRUE: 'true' -> type(TRUE);
I_FALSE: 'false' -> type(FALSE);
I_NAME: Name -> type(NAME);
I_DATETIME: Date 'T' Clock -> type(DATETIME);
I_DATE: Date -> type(DATE);
I_TIME: Clock -> type(TIME);
I_NUMBER: Number -> type(NUMBER);
I_QUANTITY: Number ('%' | Letter+ (Digit+ Letter+)*) -> type(QUANTITY);
I_MALFORMED: '-'? Digit Alnum* ('.' Digit Alnum*)* ([:-] Digit Alnum*)* -> type(MALFORMED);
I_REGEX: '/' RegexFirst RegexRest* '/' -> type(REGEX);
I_OPEN_REGEX: '/' -> type(OPEN_REGEX);
I_COMMENT: '//' -> type(COMMENT_IN_INTERPOLATION);
I_BLOCK: '"""' -> type(BLOCK_IN_INTERPOLATION);
I_TEXT: '"' -> type(TEXT_OPEN), pushMode(LINE);
I_EQ: '==' -> type(EQ);
I_NE: '!=' -> type(NE);
I_FOLD_EQ: '~=' -> type(FOLD_EQ);
I_LE: '<=' -> type(LE);
I_GE: '>=' -> type(GE);
I_LT: '<' -> type(LT);
I_GT: '>' -> type(GT);
I_PLUS: '+' -> type(PLUS);
I_MINUS: '-' -> type(MINUS);
I_STAR: '*' -> type(STAR);
I_RANGE: '..' -> type(RANGE);
I_DOT: '.' -> type(DOT);
I_COALESCE: '??' -> type(COALESCE);
I_QUESTION: '?' -> type(QUESTION);
I_COLON: ':' -> type(COLON);
I_COMMA: ',' -> type(COMMA);
I_OPEN_PAREN: '(' -> type(OPEN_PAREN);
I_CLOSE_PAREN: ')' -> type(CLOSE_PAREN);
I_OPEN_BRACKET: '[' -> type(OPEN_BRACKET);
I_CLOSE_BRACKET: ']' -> type(CLOSE_BRACKET);
I_END: '\n' -> type(END_OF_LINE_IN_TEXT);
I_SPACE: [ \t\r]+ -> skip;
I_FOREIGN: ('->' | '&&' | '||' | '!' | '=>' | '=' | ';' | '{' | '}' | '|') -> type(FOREIGN);
I_UNKNOWN: (Beyond+ | .) -> type(UNKNOWN);
