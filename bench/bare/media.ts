/** Bytes to and from R2 with nothing between: no accounts, hashes, or record of what there is. The least that an upload and a download can take. */

export interface MediaEnv {
  readonly MEDIA: R2Bucket;
}

/** `PUT …/<key>` puts a file whole. `POST` begins one of parts, `PUT ?upload=…&part=N` sends one, and `POST ?upload=…` with their etags ends it. `GET` and `DELETE` as usual. */
export async function moveMedia(request: Request, env: MediaEnv): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const [upload, part] = [searchParams.get("upload"), searchParams.get("part")];
  switch (request.method) {
    case "POST": {
      if (upload === null) return new Response((await env.MEDIA.createMultipartUpload(pathname)).uploadId);
      await env.MEDIA.resumeMultipartUpload(pathname, upload).complete(await request.json());
      return new Response(null, { status: 204 });
    }
    case "PUT": {
      if (upload === null || part === null) {
        await env.MEDIA.put(pathname, request.body);
        return new Response(null, { status: 204 });
      }
      const sent = await env.MEDIA.resumeMultipartUpload(pathname, upload).uploadPart(Number(part), request.body ?? "");
      return Response.json({ partNumber: sent.partNumber, etag: sent.etag });
    }
    case "DELETE":
      await env.MEDIA.delete(pathname);
      return new Response(null, { status: 204 });
    default: {
      const object = await env.MEDIA.get(pathname);
      return object === null ? new Response(null, { status: 404 }) : new Response(object.body);
    }
  }
}
