//! From tokens to a typed expression, by recursive descent.

use std::ops::Range;

use super::Mistake;
use super::build::{self, Typed};
use super::call;
use super::kinds::{Arithmetic, Literal, Node, Operator, Scope, Type};
use super::tokens::{Placed, Token};

/// How deep parts may lie within one another, so that nothing runs out of stack.
const MOST_DEEP: usize = 40;
/// How many parts an expression may have.
const MOST_PARTS: usize = 500;

/// Words that cannot be the name of a column here.
const WORDS: [&str; 18] = [
    "and", "or", "not", "in", "is", "null", "true", "false", "like", "matches", "between", "if",
    "then", "else", "case", "when", "end", "days",
];

/// Reads all of an expression; what it is, and which columns it names.
pub(super) fn whole(tokens: &[Placed], scope: &Scope<'_>) -> Result<(Typed, Vec<usize>), Mistake> {
    let mut parser = Parser { tokens, at: 0, scope, columns: Vec::new(), depth: 0, n_parts: 0 };
    let typed = parser.expression()?;
    match parser.peek() {
        Token::End => Ok((typed, parser.columns)),
        _ => Err(parser.unexpected("the end, `and` or `or`")),
    }
}

/// Where reading has got to.
pub(super) struct Parser<'a> {
    tokens: &'a [Placed],
    at: usize,
    pub(super) scope: &'a Scope<'a>,
    columns: Vec<usize>,
    depth: usize,
    n_parts: usize,
}

impl Parser<'_> {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).map_or(&Token::End, |(token, _)| token)
    }

    pub(super) fn span(&self) -> Range<usize> {
        let place = self.at.min(self.tokens.len().saturating_sub(1));
        self.tokens.get(place).map_or(0..0, |(_, span)| span.clone())
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    fn unexpected(&self, wanted: &str) -> Mistake {
        let found = match self.peek() {
            Token::End => "the expression ends".to_owned(),
            Token::Name(name) => format!("`{name}`"),
            Token::Sign(sign) => format!("`{sign}`"),
            _ => "a value".to_owned(),
        };
        (self.span(), format!("{found} where {wanted} is expected"))
    }

    /// Whether the next token is this word; takes it if so.
    fn word(&mut self, word: &str) -> bool {
        let is_it = matches!(self.peek(), Token::Name(name) if name.eq_ignore_ascii_case(word));
        self.at += usize::from(is_it);
        is_it
    }

    /// Whether the next token is this sign; takes it if so.
    pub(super) fn sign(&mut self, sign: &str) -> bool {
        let is_it = matches!(self.peek(), Token::Sign(found) if *found == sign);
        self.at += usize::from(is_it);
        is_it
    }

    fn need_word(&mut self, word: &str) -> Result<(), Mistake> {
        if self.word(word) { Ok(()) } else { Err(self.unexpected(&format!("`{word}`"))) }
    }

    pub(super) fn need_sign(&mut self, sign: &str) -> Result<(), Mistake> {
        if self.sign(sign) { Ok(()) } else { Err(self.unexpected(&format!("`{sign}`"))) }
    }

    /// Reads a part one level deeper.
    fn deeper<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Mistake>,
    ) -> Result<T, Mistake> {
        self.depth += 1;
        self.n_parts += 1;
        if self.depth > MOST_DEEP || self.n_parts > MOST_PARTS {
            return Err((self.span(), "an expression as deep or long as this is none".to_owned()));
        }
        let read = read(self)?;
        self.depth -= 1;
        Ok(read)
    }

    /// The whole, or what stands between brackets.
    pub(super) fn expression(&mut self) -> Result<Typed, Mistake> {
        self.deeper(|parser| {
            let first = parser.conjunction()?;
            let mut all = vec![first];
            while parser.word("or") {
                all.push(parser.conjunction()?);
            }
            build::junction(all, "or", Node::Any)
        })
    }

    fn conjunction(&mut self) -> Result<Typed, Mistake> {
        let first = self.negation()?;
        let mut all = vec![first];
        while self.word("and") {
            all.push(self.negation()?);
        }
        build::junction(all, "and", Node::All)
    }

    fn negation(&mut self) -> Result<Typed, Mistake> {
        let start = self.span().start;
        if !self.word("not") {
            return self.comparison();
        }
        let of = self.deeper(Self::negation)?;
        Ok(Typed { span: start..of.span.end, ..build::not(build::flag(of, "not")?) })
    }

    fn comparison(&mut self) -> Result<Typed, Mistake> {
        let left = self.sum()?;
        if let Some(operator) = self.operator() {
            let right = self.sum()?;
            if self.operator().is_some() {
                let what = "one comparison after another: join them by `and`";
                return Err((left.span.start..right.span.end, what.to_owned()));
            }
            return build::compare(operator, left, right);
        }
        if self.word("is") {
            let is_negated = self.word("not");
            self.need_word("null")?;
            return Ok(negated(build::is_null(left), is_negated));
        }
        let is_negated = self.word("not");
        if self.word("in") {
            let list = self.list()?;
            return Ok(negated(build::one_of(left, list)?, is_negated));
        }
        if self.word("between") {
            let least = self.sum()?;
            self.need_word("and")?;
            let most = self.sum()?;
            return Ok(negated(build::between(left, least, most)?, is_negated));
        }
        let is_like = self.word("like");
        if is_like || self.word("matches") {
            let span = self.span();
            let Token::Text(pattern) = self.next() else {
                return Err((span, "a pattern is a text between single quotes".to_owned()));
            };
            let fits = build::fits(left, &pattern, is_like, span)?;
            return Ok(negated(fits, is_negated));
        }
        if is_negated {
            return Err(self.unexpected("`in`, `between`, `like` or `matches`"));
        }
        Ok(left)
    }

    fn operator(&mut self) -> Option<Operator> {
        let operator = match self.peek() {
            Token::Sign("=" | "==") => Operator::Equal,
            Token::Sign("!=" | "<>") => Operator::NotEqual,
            Token::Sign("<") => Operator::Less,
            Token::Sign("<=") => Operator::AtMost,
            Token::Sign(">") => Operator::More,
            Token::Sign(">=") => Operator::AtLeast,
            _ => return None,
        };
        self.at += 1;
        Some(operator)
    }

    /// `(a, b, …)`
    fn list(&mut self) -> Result<Vec<Typed>, Mistake> {
        self.need_sign("(")?;
        let mut list = vec![self.sum()?];
        while self.sign(",") {
            list.push(self.sum()?);
        }
        self.need_sign(")")?;
        Ok(list)
    }

    fn sum(&mut self) -> Result<Typed, Mistake> {
        let mut left = self.product()?;
        loop {
            let operator = if self.sign("+") {
                Arithmetic::Add
            } else if self.sign("-") {
                Arithmetic::Subtract
            } else {
                return Ok(left);
            };
            left = self.deeper_chain(left, operator)?;
        }
    }

    fn deeper_chain(&mut self, left: Typed, operator: Arithmetic) -> Result<Typed, Mistake> {
        self.n_parts += 1;
        if self.n_parts > MOST_PARTS || build::depth(&left.node) > MOST_DEEP {
            return Err((self.span(), "an expression as deep or long as this is none".to_owned()));
        }
        if let Some(shift) = self.span_of_time()? {
            return build::shift(left, operator, shift);
        }
        let right = self.product()?;
        build::arithmetic(operator, left, right)
    }

    /// `42 days`, `4 hours`, `30 minutes`: seconds, whether they are whole days, and where it stands.
    fn span_of_time(&mut self) -> Result<Option<(i64, bool, Range<usize>)>, Mistake> {
        let (Token::Whole(n), Some((Token::Name(unit), end))) =
            (self.peek().clone(), self.tokens.get(self.at + 1).cloned())
        else {
            return Ok(None);
        };
        let (seconds, are_days) = match unit.to_ascii_lowercase().as_str() {
            "day" | "days" => (86_400, true),
            "week" | "weeks" => (7 * 86_400, true),
            "hour" | "hours" => (3_600, false),
            "minute" | "minutes" => (60, false),
            "month" | "months" | "year" | "years" => {
                let what = "months and years are of several lengths: say it in days";
                return Err((end, what.to_owned()));
            }
            _ => return Ok(None),
        };
        let span = self.span().start..end.end;
        if n > 100_000_000 {
            return Err((span, "longer than any record".to_owned()));
        }
        self.at += 2;
        Ok(Some((n * seconds, are_days, span)))
    }

    fn product(&mut self) -> Result<Typed, Mistake> {
        let mut left = self.factor()?;
        loop {
            let operator = if self.sign("*") {
                Arithmetic::Multiply
            } else if self.sign("/") {
                Arithmetic::Divide
            } else {
                return Ok(left);
            };
            if build::depth(&left.node) > MOST_DEEP {
                return Err((self.span(), "an expression as deep as this is none".to_owned()));
            }
            let right = self.factor()?;
            left = build::arithmetic(operator, left, right)?;
        }
    }

    fn factor(&mut self) -> Result<Typed, Mistake> {
        let start = self.span().start;
        if !self.sign("-") {
            return self.primary();
        }
        let of = self.deeper(Self::factor)?;
        let nought =
            Typed { node: Node::Literal(Literal::Whole(0)), kind: Type::Whole, span: start..start };
        build::arithmetic(Arithmetic::Subtract, nought, of)
    }

    fn primary(&mut self) -> Result<Typed, Mistake> {
        self.n_parts += 1;
        let span = self.span();
        let literal =
            |value, kind| Ok(Typed { node: Node::Literal(value), kind, span: span.clone() });
        match self.peek().clone() {
            Token::Whole(n) => self.taken(literal(Literal::Whole(n), Type::Whole)),
            Token::Decimal(n) => self.taken(literal(Literal::Decimal(n), Type::Decimal)),
            Token::Text(text) => self.taken(literal(Literal::Text(text), Type::Text)),
            Token::Date(days) => self.taken(literal(Literal::Date(days), Type::Date)),
            Token::Sign("(") => {
                self.at += 1;
                let inner = self.expression()?;
                self.need_sign(")")?;
                Ok(inner)
            }
            Token::Name(name) => match name.to_ascii_lowercase().as_str() {
                "true" => self.taken(literal(Literal::Flag(true), Type::Flag)),
                "false" => self.taken(literal(Literal::Flag(false), Type::Flag)),
                "null" => self.taken(literal(Literal::Null(Type::Null), Type::Null)),
                "if" => self.deeper(Self::conditional),
                "case" => self.deeper(Self::case),
                word if WORDS.contains(&word) => Err(self.unexpected("a value")),
                _ => self.named(&name, span),
            },
            _ => Err(self.unexpected("a column or a value")),
        }
    }

    fn taken(&mut self, typed: Result<Typed, Mistake>) -> Result<Typed, Mistake> {
        self.at += 1;
        typed
    }

    /// A column, or a function and what it is called with.
    fn named(&mut self, name: &str, span: Range<usize>) -> Result<Typed, Mistake> {
        self.at += 1;
        if !self.sign("(") {
            return self.column(name, span);
        }
        let mut arguments = Vec::new();
        if !self.sign(")") {
            arguments.push(self.expression()?);
            while self.sign(",") {
                arguments.push(self.expression()?);
            }
            self.need_sign(")")?;
        }
        let end = self.tokens.get(self.at - 1).map_or(span.end, |(_, s)| s.end);
        call::call(self, &name.to_ascii_lowercase(), arguments, span.start..end)
    }

    /// The column of a name.
    pub(super) fn column(&mut self, name: &str, span: Range<usize>) -> Result<Typed, Mistake> {
        if let Some((_, place, kind)) = self.scope.columns.iter().find(|(n, ..)| *n == name) {
            if !self.columns.contains(place) {
                self.columns.push(*place);
            }
            return Ok(Typed { node: Node::Column(*place, *kind), kind: *kind, span });
        }
        if let Some((_, why)) = self.scope.refused.iter().find(|(n, _)| *n == name) {
            return Err((span, format!("`{name}` {why}")));
        }
        if name == "delivered_on" {
            return Ok(Typed { node: Node::Delivered, kind: Type::Date, span });
        }
        let names = self.scope.columns.iter().map(|(n, ..)| *n);
        let hint = crate::contract::nearest(name, names)
            .map_or_else(String::new, |near| format!(": did you mean `{near}`?"));
        Err((span, format!("`{name}` is neither the `as` name nor the role of a column{hint}")))
    }

    /// `if a then b else c`; without `else`, and where `b` is a yes or no, the rule `not a or b`.
    fn conditional(&mut self) -> Result<Typed, Mistake> {
        let start = self.span().start;
        self.need_word("if")?;
        let condition = self.expression()?;
        self.need_word("then")?;
        let then = self.expression()?;
        if !self.word("else") {
            return build::implies(condition, then, start);
        }
        let otherwise = self.expression()?;
        build::choose(vec![(condition, then)], Some(otherwise), start)
    }

    /// `case when a then b … else c end`
    fn case(&mut self) -> Result<Typed, Mistake> {
        let start = self.span().start;
        self.need_word("case")?;
        let mut branches = Vec::new();
        while self.word("when") {
            let condition = self.expression()?;
            self.need_word("then")?;
            branches.push((condition, self.expression()?));
        }
        if branches.is_empty() {
            return Err(self.unexpected("`when`"));
        }
        let otherwise = if self.word("else") { Some(self.expression()?) } else { None };
        self.need_word("end")?;
        build::choose(branches, otherwise, start)
    }
}

fn negated(typed: Typed, is_negated: bool) -> Typed {
    if is_negated { build::not(typed) } else { typed }
}
