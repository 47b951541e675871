package nudge.app

import android.content.ActivityNotFoundException
import android.content.Intent
import android.util.Log
import android.webkit.WebResourceRequest
import android.webkit.WebResourceResponse
import android.webkit.WebView
import android.webkit.WebViewClient
import java.io.ByteArrayInputStream
import java.io.IOException
import java.io.InputStream

/**
 * The page out of the app itself, under an address that is nobody's (RFC 6761 6.4):
 * with https a page may use cryptography, and nothing is ever asked of a network.
 */
class Page(private val open: (String) -> InputStream) : WebViewClient() {
  override fun shouldInterceptRequest(view: WebView?, request: WebResourceRequest): WebResourceResponse? {
    if (request.url.host != HOST) return null
    val name = request.url.path.orEmpty().trim('/').ifEmpty { "index.html" }
    return try {
      WebResourceResponse(typeOf(name), "utf-8", open("page/$name"))
    } catch (_: IOException) {
      val nothing = ByteArrayInputStream(ByteArray(0))
      WebResourceResponse("text/plain", "utf-8", 404, "Not Found", emptyMap(), nothing)
    }
  }

  /** Any other page is for the browser. */
  override fun shouldOverrideUrlLoading(view: WebView, request: WebResourceRequest): Boolean {
    if (request.url.host == HOST) return false
    try {
      if (request.url.scheme in WEB) view.context.startActivity(Intent(Intent.ACTION_VIEW, request.url))
    } catch (failure: ActivityNotFoundException) {
      Log.w("nudge", "no browser", failure)
    }
    return true
  }

  companion object {
    private const val HOST = "nudge.invalid"
    const val ADDRESS = "https://$HOST/"
    private val WEB = setOf("http", "https")

    private fun typeOf(name: String) = when (name.substringAfterLast('.')) {
      "html" -> "text/html"
      "js" -> "text/javascript"
      "css" -> "text/css"
      "svg" -> "image/svg+xml"
      else -> "application/json"
    }
  }
}
