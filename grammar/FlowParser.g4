// The generic shape of the language, and nothing of its meaning: docs/language/shape.md describes it. Every decision
// falls on one token, so the parser is linear and never needs full context.
//
// The tokens come from compiler/syntax/tokens.cpp: brackets, texts and interpolations are balanced, and each entry ends
// with one SEP, the last of a block and of the file too.
parser grammar FlowParser;

options { tokenVocab = FlowLexer; }

file: (entry)* EOF;

entry: clause (COLON target)? (ASSIGN clause)? block? (ARROW target)? SEP;

block: OPEN_BRACE (entry)* CLOSE_BRACE;

// jump menu max 3 else office
target: clause (ELSE target)?;

// failed, undelivered after 30s
clause: item (COMMA item)*;

// Words and values side by side.
item: ELSE | expr+;

// Tightest first.
expr
    : expr QUESTION                                     # optional
    | expr DOT NAME                                     # member
    | expr STAR expr                                    # binary
    | expr (PLUS | MINUS) expr                          # binary
    | expr RANGE expr                                   # binary
    | expr COALESCE expr                                # binary
    | expr (EQ | NE | FOLD_EQ | LT | LE | GT | GE | CONTAINS | MATCHES | IN | NOT_IN | STARTS_WITH | ENDS_WITH) expr
                                                        # binary
    | expr IS NOT? NAME                                 # is
    | NOT expr                                          # not
    | expr AND expr                                     # binary
    | expr OR expr                                      # binary
    | OPEN_PAREN expr CLOSE_PAREN                       # paren
    | OPEN_BRACKET (expr (COMMA expr)*)? CLOSE_BRACKET  # list
    | NAME (CALL_OPEN (argument (COMMA argument)*)? CLOSE_PAREN)?  # name
    | text                                              # textual
    | (NUMBER | QUANTITY | TIME | DATE | DATETIME | REGEX | TRUE | FALSE | MALFORMED | OPEN_REGEX)  # atom
    ;

// phone: customerPhoneNumber, "x-tags": ["a"], ..60, photo
argument: value (COLON value)?;

value: RANGE expr | expr+;

text
    : TEXT_OPEN piece* TEXT_CLOSE
    | BLOCK_TEXT_OPEN piece* BLOCK_CLOSE
    ;

piece
    : (TEXT | ESCAPE | BAD_ESCAPE)
    | INTERPOLATION_OPEN expr INTERPOLATION_CLOSE
    ;
