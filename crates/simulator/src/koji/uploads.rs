//! Files that come in pieces, in both ways that the hub takes them.

use std::collections::HashMap;

use base64::Engine;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::store::Koji;
use super::wire::{Arguments, Fault};
use crate::hex;

/// The checksum that Koji's own client uses for pieces.
fn adler32(bytes: &[u8]) -> String {
    let (mut low, mut high) = (1_u32, 0_u32);
    for byte in bytes {
        low = (low + u32::from(*byte)) % 65_521;
        high = (high + low) % 65_521;
    }
    format!("{:08x}", high << 16 | low)
}

fn digest(kind: &str, bytes: &[u8]) -> Result<String, Fault> {
    match kind {
        "adler32" => Ok(adler32(bytes)),
        "sha256" => Ok(hex(Sha256::digest(bytes))),
        _ => Err(Fault::generic(format!("Unsupported verify type: {kind}"))),
    }
}

fn path(folder: &str, name: &str) -> Result<String, Fault> {
    if folder.is_empty() || folder.split('/').any(|part| matches!(part, "" | "..")) || name.contains('/') {
        return Err(Fault::generic(format!("Invalid upload directory: {folder}")));
    }
    Ok(format!("{folder}/{name}"))
}

impl Koji {
    fn write(&mut self, path: String, offset: usize, piece: &[u8]) {
        let bytes = &mut self.uploads.entry(path).or_default().bytes;
        if offset == 0 {
            bytes.clear();
        }
        bytes.resize(bytes.len().max(offset + piece.len()), 0);
        bytes[offset..offset + piece.len()].copy_from_slice(piece);
    }

    /// `uploadFile`: base64 in XML. What is not as its checksum says is answered with false.
    pub(super) fn upload_file(&mut self, arguments: &Arguments) -> Result<Value, Fault> {
        let path = path(arguments.text(0, "path")?, arguments.text(1, "name")?)?;
        let size = usize::try_from(arguments.id(2, "size")?).unwrap_or_default();
        let (check, offset) = (arguments.get(3, "md5sum"), arguments.id(4, "offset")?);
        let piece =
            base64::engine::general_purpose::STANDARD.decode(arguments.text(5, "data")?.replace('\n', ""));
        let piece = piece.map_err(|error| Fault::generic(error.to_string()))?;
        let kind = check[0].as_str().unwrap_or_default();
        if let Ok(offset) = usize::try_from(offset) {
            if piece.len() != size || check[1] != digest(kind, &piece)? {
                return Ok(json!(false));
            }
            self.write(path, offset, &piece);
            return Ok(json!(true));
        }
        let upload = self.uploads.entry(path).or_default();
        upload.bytes.truncate(size);
        upload.is_whole = upload.bytes.len() == size && check[1] == digest(kind, &upload.bytes)?;
        Ok(json!(upload.is_whole))
    }

    /// `rawUpload`: the piece is the body, and the rest stands in the query.
    pub(super) fn raw_upload(
        &mut self,
        query: &HashMap<String, String>,
        piece: &[u8],
    ) -> Result<Value, Fault> {
        let text = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
        let path = path(text("filepath"), text("filename"))?;
        let offset = text("offset").parse().map_err(|_| Fault::parameter("Invalid offset"))?;
        let hexdigest = digest(text("fileverify"), piece)?;
        if let Some(upload) = self.uploads.get_mut(&path) {
            upload.bytes.truncate(offset);
        }
        self.write(path.clone(), offset, piece);
        if let Some(upload) = self.uploads.get_mut(&path) {
            // Nobody tells the end: what is checked later is what is there.
            upload.is_whole = true;
        }
        Ok(json!({"size": piece.len(), "fileverify": text("fileverify"), "hexdigest": hexdigest}))
    }

    pub(super) fn check_upload(&self, arguments: &Arguments) -> Result<Value, Fault> {
        let path = path(arguments.text(0, "path")?, arguments.text(1, "name")?)?;
        let Some(upload) = self.uploads.get(&path) else { return Ok(Value::Null) };
        let mut known = json!({"size": upload.bytes.len()});
        if let Some(kind) = arguments.get(2, "verify").as_str() {
            known["hexdigest"] = digest(kind, &upload.bytes)?.into();
            known["sumtype"] = kind.into();
        }
        Ok(known)
    }
}

#[cfg(test)]
mod tests {
    use super::adler32;

    #[test]
    fn pieces_have_the_checksum_of_zlib() {
        assert_eq!(adler32(b"Wikipedia"), "11e60398");
        assert_eq!(adler32(b""), "00000001");
    }
}
