//! The order in which an array's values are stored, and another one.

/// The stride of each index, in values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Order {
    strides: Vec<usize>,
}

impl Order {
    /// The last index runs fastest, or with `fortran` the first. The product of `dims` fits a `usize`.
    pub(super) fn of(dims: &[usize], fortran: bool) -> Order {
        let mut strides = vec![1; dims.len()];
        let mut stride = 1;
        for k in 0..dims.len() {
            let axis = if fortran { k } else { dims.len() - 1 - k };
            strides[axis] = stride;
            stride *= dims[axis];
        }
        Order { strides }
    }

    /// The values, of `bytes` bytes each, of an array of shape `dims` as [`Order::of`] would have them after its
    /// axes were put in the sequence `axes`, the last of which then runs fastest.
    pub(super) fn rearranged(&self, data: Vec<u8>, bytes: usize, dims: &[usize], axes: &[usize]) -> Vec<u8> {
        let shape: Vec<usize> = axes.iter().map(|&axis| dims[axis]).collect();
        let strides: Vec<usize> = axes.iter().map(|&axis| self.strides[axis]).collect();
        if strides == Order::of(&shape, false).strides {
            return data;
        }
        let mut out = Vec::with_capacity(data.len());
        let mut index = vec![0; shape.len()];
        let mut place = 0;
        for _ in 0..data.len() / bytes {
            out.extend_from_slice(&data[place * bytes..(place + 1) * bytes]);
            // The next index, as a counter counts.
            for axis in (0..shape.len()).rev() {
                index[axis] += 1;
                place += strides[axis];
                if index[axis] < shape[axis] {
                    break;
                }
                place -= strides[axis] * shape[axis];
                index[axis] = 0;
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_becomes_the_other() {
        // Element (i, j, k) of a 2x3x4 array is 100 i + 10 j + k.
        let dims = [2, 3, 4];
        let value = |i: usize, j: usize, k: usize| (100 * i + 10 * j + k) as u16;
        let mut c = Vec::new();
        let mut f = Vec::new();
        let mut last_second = Vec::new();
        for i in 0..2 {
            for j in 0..3 {
                for k in 0..4 {
                    c.extend(value(i, j, k).to_le_bytes());
                }
            }
        }
        for k in 0..4 {
            for j in 0..3 {
                for i in 0..2 {
                    f.extend(value(i, j, k).to_le_bytes());
                }
            }
        }
        for i in 0..2 {
            for k in 0..4 {
                for j in 0..3 {
                    last_second.extend(value(i, j, k).to_le_bytes());
                }
            }
        }
        for (fortran, data) in [(false, &c), (true, &f)] {
            let order = Order::of(&dims, fortran);
            assert_eq!(order.rearranged(data.clone(), 2, &dims, &[0, 1, 2]), c);
            assert_eq!(order.rearranged(data.clone(), 2, &dims, &[0, 2, 1]), last_second);
            assert_eq!(order.rearranged(data.clone(), 2, &dims, &[2, 1, 0]), f);
        }
    }
}
