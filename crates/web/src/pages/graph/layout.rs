//! Where boxes and links stand: columns by the longest way from a start, lanes for links that pass a column, few crossings.
//!
//! A layered drawing after Sugiyama: (1) each box stands one column behind the last of those that lead to it; (2) a link
//! over several columns gets a lane, a thin stand-in for a box, in each column that it passes, so that it is never drawn
//! across a box; (3) columns are put in order by the barycenter of their neighbours, and the order with the fewest
//! crossings is kept. All is done in whole pixels, and ties keep the order that was given: one graph has one picture.

/// The space between columns, for the curves.
pub(super) const COLUMN_GAP: i32 = 72;
const BOX_GAP: i32 = 20;
const LANE_HEIGHT: i32 = 12;
const BAND_GAP: i32 = 24;
/// After these the order does not get better in practice (Gansner et al. use 24 for graphs of thousands).
const SWEEPS: usize = 8;

/// A box to be placed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item {
    /// Boxes of one band stand together, above those of the next.
    pub(super) band: usize,
    pub(super) width: i32,
    pub(super) height: i32,
}

/// Where everything stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) boxes: Vec<Place>,
    /// For each link the lanes that it passes, from left to right.
    pub(super) lanes: Vec<Vec<Lane>>,
    /// The top of each band.
    pub(super) bands: Vec<i32>,
    pub(super) width: i32,
    pub(super) height: i32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) column: usize,
    pub(super) x: i32,
    pub(super) y: i32,
    /// The column's.
    pub(super) width: i32,
}

/// A link passes a column at this height.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lane {
    pub(super) left: i32,
    pub(super) right: i32,
    pub(super) y: i32,
}

impl Lane {
    /// The lane, this much further down and to the right.
    pub(super) fn moved(self, by: i32) -> Self {
        Self { left: self.left + by, right: self.right + by, y: self.y + by }
    }
}

/// A box or a lane in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Node {
    Box(usize),
    Lane { link: usize },
}

/// Places boxes so that each link leads to the right. A link from a box to itself, or one that closes a circle, is left
/// out of account. `band_head` is the height that each band keeps free at its top.
pub(super) fn lay_out(items: &[Item], links: &[(usize, usize)], band_head: i32) -> Layout {
    let columns = columns(items.len(), links);
    let mut order = first_order(items, links, &columns);
    let band_of = |node: &Node| match node {
        Node::Box(item) => items[*item].band,
        Node::Lane { link } => items[links[*link].1].band,
    };
    reduce_crossings(&mut order, links, &band_of);
    place(items, links, &order, &band_of, band_head)
}

/// The column of each box: one behind the last of those that lead to it.
fn columns(count: usize, links: &[(usize, usize)]) -> Vec<usize> {
    let mut columns = vec![0; count];
    // In a graph without circles nothing moves after as many rounds as there are boxes.
    for _ in 0..count {
        let mut moved = false;
        for &(from, to) in links.iter().filter(|(from, to)| from != to) {
            if columns[to] <= columns[from] && columns[from] + 1 < count {
                columns[to] = columns[from] + 1;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    columns
}

/// Boxes in the given order, band by band, lanes below the boxes of their band.
fn first_order(items: &[Item], links: &[(usize, usize)], columns: &[usize]) -> Vec<Vec<Node>> {
    let last = columns.iter().max().map_or(0, |last| last + 1);
    let mut order = vec![Vec::new(); last];
    for (item, column) in columns.iter().enumerate() {
        order[*column].push(Node::Box(item));
    }
    for (link, &(from, to)) in links.iter().enumerate() {
        let passed = columns[from] + 1..columns[to].max(columns[from] + 1);
        for column in &mut order[passed] {
            column.push(Node::Lane { link });
        }
    }
    for column in &mut order {
        column.sort_by_key(|node| match node {
            Node::Box(item) => (items[*item].band, 0),
            Node::Lane { link } => (items[links[*link].1].band, 1),
        });
    }
    order
}

fn reduce_crossings(order: &mut Vec<Vec<Node>>, links: &[(usize, usize)], band_of: &impl Fn(&Node) -> usize) {
    let mut best = (crossings(order, links), order.clone());
    for sweep in 0..SWEEPS {
        let last = order.len();
        for step in 1..last {
            let (column, beside) =
                if sweep % 2 == 0 { (step, step - 1) } else { (last - 1 - step, last - step) };
            let neighbours = order[beside].clone();
            let is_left = beside < column;
            order[column]
                .sort_by_cached_key(|node| (band_of(node), barycenter(*node, &neighbours, links, is_left)));
        }
        let found = crossings(order, links);
        if found < best.0 {
            best = (found, order.clone());
        }
    }
    *order = best.1;
}

/// The mean place of a node's neighbours in the column beside it, in thousandths. What has none stays on top, where the
/// boxes that begin something are looked for.
fn barycenter(node: Node, neighbours: &[Node], links: &[(usize, usize)], is_left: bool) -> usize {
    let places = || {
        links.iter().enumerate().filter_map(|(link, ends)| {
            let (near, far) = if is_left { (ends.1, ends.0) } else { (ends.0, ends.1) };
            let is_ours = node == Node::Lane { link } || node == Node::Box(near);
            let at = |wanted| neighbours.iter().position(|beside| *beside == wanted);
            if is_ours { at(Node::Lane { link }).or_else(|| at(Node::Box(far))) } else { None }
        })
    };
    1000 * places().sum::<usize>() / places().count().max(1)
}

/// How often links cross between neighbouring columns.
fn crossings(order: &[Vec<Node>], links: &[(usize, usize)]) -> usize {
    let mut crossings = 0;
    for pair in order.windows(2) {
        let at = |column: &[Node], link, end| {
            let place = |wanted| column.iter().position(|node| *node == wanted);
            place(Node::Lane { link }).or_else(|| place(Node::Box(end)))
        };
        let ends: Vec<(usize, usize)> = links
            .iter()
            .enumerate()
            .filter_map(|(link, &(from, to))| Some((at(&pair[0], link, from)?, at(&pair[1], link, to)?)))
            .collect();
        for (place, one) in ends.iter().enumerate() {
            crossings += ends[place + 1..]
                .iter()
                .filter(|other| (one.0 < other.0 && one.1 > other.1) || (one.0 > other.0 && one.1 < other.1))
                .count();
        }
    }
    crossings
}

fn place(
    items: &[Item],
    links: &[(usize, usize)],
    order: &[Vec<Node>],
    band_of: &impl Fn(&Node) -> usize,
    band_head: i32,
) -> Layout {
    let band_count = items.iter().map(|item| item.band + 1).max().unwrap_or(0);
    let height_of = |node: &Node| match node {
        Node::Box(item) => items[*item].height,
        Node::Lane { .. } => LANE_HEIGHT,
    };
    let mut bands = Vec::new();
    let mut bottom = -BAND_GAP;
    for band in 0..band_count {
        let top = bottom + BAND_GAP;
        bands.push(top);
        let stack = |column: &Vec<Node>| {
            let inside = column.iter().filter(|node| band_of(node) == band);
            inside.map(|node| height_of(node) + BOX_GAP).sum::<i32>() - BOX_GAP
        };
        bottom = top + band_head + order.iter().map(stack).max().unwrap_or(0).max(0);
    }
    let nowhere = Place { column: 0, x: 0, y: 0, width: 0 };
    let mut boxes = vec![nowhere; items.len()];
    let mut lanes = vec![Vec::new(); links.len()];
    let mut x = 0;
    for (number, column) in order.iter().enumerate() {
        let widths = column.iter().filter_map(|node| match node {
            Node::Box(item) => Some(items[*item].width),
            Node::Lane { .. } => None,
        });
        let width = widths.max().unwrap_or(0);
        let mut next: Vec<i32> = bands.iter().map(|top| top + band_head).collect();
        for node in column {
            let y = next[band_of(node)];
            next[band_of(node)] += height_of(node) + BOX_GAP;
            match *node {
                Node::Box(item) => boxes[item] = Place { column: number, x, y, width },
                Node::Lane { link } => {
                    lanes[link].push(Lane { left: x, right: x + width, y: y + LANE_HEIGHT / 2 });
                }
            }
        }
        x += width + COLUMN_GAP;
    }
    Layout { boxes, lanes, bands, width: (x - COLUMN_GAP).max(0), height: bottom.max(0) }
}

#[cfg(test)]
mod tests;
